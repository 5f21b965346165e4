package org.bottledwater.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Debezium's connector in a worker of Kafka Connect, tuned; docs/performance.md argues for each setting.
 *
 * @param classPath worker, connector and our converter
 * @param settings of the connector on top of ours
 */
record Debezium(String name, String classPath, List<String> jvmOptions, Map<String, String> settings) implements Tool {
    /** By its name, as it is loaded in the worker only: Connect's classes are not among ours. */
    private static final String CONVERTER = "org.bottledwater.bench.debezium.LeanAvroConverter";

    Debezium {
        jvmOptions = List.copyOf(jvmOptions);
        settings = Map.copyOf(settings);
    }

    @Override
    public String topic(Job job) {
        return job.name() + ".public." + job.table();
    }

    @Override
    public ToolProcess start(Stack stack, Job job) {
        Path worker = write(job.folder().resolve("worker.properties"), worker(stack, job));
        Path connector = write(job.folder().resolve("connector.properties"), connector(stack, job));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                classPath,
                "org.apache.kafka.connect.cli.ConnectStandalone",
                worker.toString(),
                connector.toString()));
        return ToolProcess.start(command, Map.of(), job.folder().resolve("debezium.log"));
    }

    private static Map<String, String> worker(Stack stack, Job job) {
        Map<String, String> worker = new LinkedHashMap<>();
        worker.put("bootstrap.servers", stack.broker());
        worker.put(
                "offset.storage.file.filename", job.folder().resolve("offsets").toString());
        worker.put("offset.flush.interval.ms", "5000");
        worker.put("plugin.discovery", "service_load");
        worker.put("listeners", "http://127.0.0.1:0");
        for (String kind : List.of("key", "value")) {
            worker.put(kind + ".converter", CONVERTER);
            worker.put(kind + ".converter.schema.registry.url", stack.registry());
        }
        // As much as Kafka's own producer benchmark uses.
        worker.put("producer.acks", "all");
        worker.put("producer.compression.type", "lz4");
        worker.put("producer.batch.size", "262144");
        worker.put("producer.linger.ms", "5");
        worker.put("producer.buffer.memory", "67108864");
        return worker;
    }

    private Map<String, String> connector(Stack stack, Job job) {
        Map<String, String> connector = new LinkedHashMap<>();
        connector.put("name", job.name());
        connector.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        connector.put("tasks.max", "1");
        connector.put("plugin.name", "pgoutput");
        connector.put("database.hostname", stack.host());
        connector.put("database.port", Integer.toString(stack.port()));
        connector.put("database.user", "postgres");
        connector.put("database.dbname", Stack.DATABASE);
        stack.socketProperties().forEach((property, value) -> connector.put("driver." + property, value));
        connector.put("topic.prefix", job.name());
        connector.put("table.include.list", tables(job));
        connector.put("slot.name", job.name());
        connector.put("publication.name", job.name());
        connector.put("publication.autocreate.mode", "filtered");
        connector.put("snapshot.mode", job.snapshot() ? "initial" : "no_data");
        // Large batches and queues: the reader never waits for the sender.
        connector.put("max.batch.size", "16384");
        connector.put("max.queue.size", "65536");
        connector.put("poll.interval.ms", "10");
        connector.put("snapshot.fetch.size", "10000");
        // The row itself as value and nothing for a delete, as ours: smaller messages than the envelope.
        connector.put("transforms", "unwrap");
        connector.put("transforms.unwrap.type", "io.debezium.transforms.ExtractNewRecordState");
        connector.put("transforms.unwrap.delete.tombstone.handling.mode", "tombstone");
        connector.putAll(settings);
        return connector;
    }

    private static String tables(Job job) {
        return job.tables().stream().map(table -> "public." + table).collect(Collectors.joining(","));
    }

    private static Path write(Path file, Map<String, String> settings) {
        try {
            return Files.write(
                    file,
                    settings.entrySet().stream()
                            .map(setting -> setting.getKey() + "=" + setting.getValue())
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException("could not write " + file, e);
        }
    }
}
