package org.bottledwater.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Our program, by its launcher and with its defaults, except for what {@code options} say. */
record Bottledwater(String name, Path checkout, List<String> options) implements Tool {
    Bottledwater {
        options = List.copyOf(options);
    }

    @Override
    public String topic(Job job) {
        return job.name() + "." + job.table();
    }

    private static String tables(Job job) {
        return job.tables().stream().map(table -> "public." + table).collect(Collectors.joining(","));
    }

    @Override
    public ToolProcess start(Stack stack, Job job) {
        List<String> command = new ArrayList<>(List.of(
                checkout.resolve("bottledwater").toString(),
                "--postgres=" + stack.uri(),
                "--broker=" + stack.broker(),
                "--schema-registry=" + stack.registry(),
                "--slot=" + job.name(),
                "--topic-prefix=" + job.name(),
                "--tables=" + tables(job),
                "--snapshot=" + (job.snapshot() ? "initial" : "never"),
                "--partitions=1"));
        command.addAll(options);
        return ToolProcess.start(command, Map.of(), job.folder().resolve("bottledwater.log"));
    }
}
