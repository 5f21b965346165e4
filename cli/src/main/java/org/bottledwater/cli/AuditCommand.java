package org.bottledwater.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares Kafka with PostgreSQL, next to the instance that is running. */
@Command(name = "audit", header = "Proves the copy: compares the topics with the tables")
final class AuditCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin(name = "PostgreSQL")
    final SourceOptions source = new SourceOptions();

    @Mixin(name = "Kafka")
    final KafkaOptions kafka = new KafkaOptions();

    @Mixin(name = "Messages")
    final MessageOptions messages = new MessageOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = {"-p", "--topic-prefix"},
            paramLabel = "PREFIX",
            order = 50,
            description = "Topics are called PREFIX.table")
    String topicPrefix = "";

    @Option(
            names = "--topic-name",
            paramLabel = "TAB=NAME",
            order = 54,
            description = "sales.*=eu.{table} names topics; repeatable")
    Map<String, String> topicNames = new LinkedHashMap<>();

    @Option(
            names = "--repair",
            arity = "0..1",
            fallbackValue = "true",
            order = 60,
            description = "Send what is missing or different, delete extras")
    boolean repair;

    @Option(
            names = "--samples",
            paramLabel = "N",
            order = 61,
            description = "How many keys to print for each table (10)")
    int samples = 10;

    @Option(
            names = "--workers",
            paramLabel = "N",
            order = 62,
            description = "Tables at a time (half the cores, at most 2)")
    int workers;

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            order = 63,
            description = "How long the instance may stand still (60)")
    int patience = 60;

    @Option(
            names = "--temp",
            paramLabel = "FOLDER",
            order = 64,
            description = "For files: 60 bytes a row (that of the system)")
    String temp = "";

    AuditCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        SinkOptions sink = new SinkOptions(kafka);
        sink.topicPrefix = topicPrefix;
        sink.topicNames.putAll(topicNames);
        Settings settings = RunSettings.of(terminal, source, sink, messages);
        AuditSettings how = how();
        Thread running = Thread.currentThread();
        AtomicBoolean stopped = new AtomicBoolean();
        terminal.stop().whenAsked(() -> {
            stopped.set(true);
            running.interrupt();
        });
        AuditPrinter printer = new AuditPrinter(terminal.out());
        try {
            AuditReport report = Audit.run(settings, how, printer);
            printer.summary(report);
            return report.isClean() ? Main.DONE : Main.FAILED;
        } catch (InterruptedException | ConnectionException e) {
            if (e instanceof ConnectionException away && !stopped.get()) {
                throw away;
            }
            terminal.err().println("bottledwater: the audit was stopped before it had looked at every table");
            return Main.FAILED;
        }
    }

    private AuditSettings how() {
        require(samples >= 0, "--samples must not be negative: --samples=" + samples);
        require(workers >= 0 && workers <= 64, "--workers must be 1 to 64: --workers=" + workers);
        require(patience >= 1, "--patience must be 1 or more: --patience=" + patience);
        AuditSettings usual = AuditSettings.standard();
        Path folder = temp.isEmpty() ? usual.folder() : Path.of(temp);
        require(Files.isDirectory(folder), "not a folder: --temp=" + folder);
        return new AuditSettings(
                repair, workers == 0 ? usual.workers() : workers, Duration.ofSeconds(patience), folder, samples);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new WrongUsage(message);
        }
    }
}
