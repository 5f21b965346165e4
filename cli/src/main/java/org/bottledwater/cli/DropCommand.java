package org.bottledwater.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.bottledwater.pipeline.Removal;
import org.bottledwater.pipeline.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes away what {@code run} made; the topics and what is in them stay. */
@Command(name = "drop", header = "Removes what a run has made; the topics stay")
final class DropCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin(name = "PostgreSQL")
    final PostgresOptions postgres = new PostgresOptions();

    @Mixin(name = "Kafka")
    final KafkaOptions kafka = new KafkaOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = {"-y", "--yes"},
            arity = "0..1",
            fallbackValue = "true",
            order = 80,
            description = "Do not ask")
    boolean yes;

    DropCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Settings settings =
                RunSettings.of(terminal, new SourceOptions(postgres), new SinkOptions(kafka), new MessageOptions());
        List<String> plan = Removal.plan(settings);
        if (plan.isEmpty()) {
            terminal.out().println("There is nothing to drop: nothing of slot " + postgres.slot + " exists.");
            return Main.DONE;
        }
        if (!yes) {
            terminal.out().println("This would be dropped:");
            plan.forEach(line -> terminal.out().println("  " + line));
            terminal.out().println("The topics and their messages stay. A later run begins with a new snapshot.");
            terminal.out().print("Drop it? [y/N] ");
            terminal.out().flush();
            if (!isYes()) {
                terminal.err().println("bottledwater: nothing was dropped (--yes drops without asking)");
                return Main.FAILED;
            }
        }
        Removal.drop(settings).forEach(line -> terminal.out().println("dropped " + line));
        return Main.DONE;
    }

    private boolean isYes() throws IOException {
        String line = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8)).readLine();
        String answer = line == null ? "" : line.strip().toLowerCase(Locale.ROOT);
        return answer.equals("y") || answer.equals("yes");
    }
}
