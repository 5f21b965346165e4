package org.bottledwater.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.cli.http.LiveStatus;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.StatusReport;
import org.bottledwater.pipeline.StatusReport.Activity;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How a copy stands, also while no instance is running. Exit codes: 0 an instance is running, 3 none is and the next
 * start can go on (as {@code systemctl status}), 1 it cannot, or something could not be asked.
 */
@Command(name = "status", header = "Says how the copy stands, also of an instance that is down")
final class StatusCommand implements Callable<Integer> {
    static final int NOT_RUNNING = 3;

    private final Terminal terminal;

    @Mixin(name = "PostgreSQL")
    final SourceOptions source = new SourceOptions();

    @Mixin(name = "Kafka")
    final KafkaOptions kafka = new KafkaOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            order = 85,
            description = "Ask the instance whose page is there as well")
    String http = "";

    @Option(
            names = "--json",
            arity = "0..1",
            fallbackValue = "true",
            order = 52,
            description = "All of it as one JSON object, for programs")
    boolean json;

    StatusCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** What the instance itself says: nothing if it was not asked, or in words why not. */
    record Live(Optional<JsonNode> status, String problem) {
        /** Whether it delivers. */
        boolean isWell() {
            return !status.map(node -> node.path("phase").asText()).orElse("").equals("waiting");
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        Settings settings = RunSettings.of(terminal, source, new SinkOptions(kafka), new MessageOptions());
        Live live = live();
        StatusReport report = StatusReport.of(settings);
        if (json) {
            terminal.out().println(StatusDocument.of(settings, report, live, exitCode(report, live)));
        } else {
            new StatusPrinter(terminal.out()).print(settings, report, live);
        }
        return exitCode(report, live);
    }

    private Live live() throws InterruptedException {
        if (http.isEmpty()) {
            return new Live(Optional.empty(), "");
        }
        try {
            JsonNode status = LiveStatus.ask(StatusPage.parse(http));
            String slot = status.path("slot").asText();
            return slot.equals(source.postgres.slot)
                    ? new Live(Optional.of(status), "")
                    : new Live(Optional.empty(), "the instance at " + http + " has another slot: " + slot);
        } catch (ConnectionException e) {
            return new Live(Optional.empty(), String.valueOf(e.getMessage()));
        }
    }

    private static int exitCode(StatusReport report, Live live) {
        if (!report.problems().isEmpty() || !live.isWell()) {
            return Main.FAILED;
        }
        boolean runs = live.status().isPresent() || report.activity() != Activity.NONE;
        return runs ? Main.DONE : NOT_RUNNING;
    }
}
