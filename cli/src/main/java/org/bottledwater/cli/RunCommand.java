package org.bottledwater.cli;

import java.util.concurrent.Callable;
import org.bottledwater.pipeline.Pipeline;
import org.bottledwater.pipeline.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Copies a database until it is told to stop. It is what {@code bottledwater} does when no other command is named. */
@Command(
        name = "bottledwater",
        header = "Copies a PostgreSQL database into Kafka and keeps the copy true.",
        versionProvider = Version.class)
final class RunCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(RunCommand.class);

    private final Terminal terminal;

    @Mixin(name = "PostgreSQL")
    final SourceOptions source = new SourceOptions();

    @Mixin(name = "Slot")
    final SlotOptions slot = new SlotOptions();

    @Mixin(name = "Kafka")
    final SinkOptions sink = new SinkOptions();

    @Mixin(name = "Messages")
    final MessageOptions messages = new MessageOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            order = 85,
            description = "Status page and metrics: 127.0.0.1:8084 (off)")
    String http = "";

    @Option(
            names = {"-q", "--quiet"},
            arity = "0..1",
            fallbackValue = "true",
            order = 86,
            description = "Say only what is wrong")
    boolean quiet;

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            order = 87,
            description = "text, or json: an object a line (text)")
    LogFormat logFormat = LogFormat.TEXT;

    @Option(names = "--config-help", order = 91, description = "List the settings that -C and -T take")
    boolean configHelp;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            order = 94,
            description = "Show the version")
    boolean version;

    RunCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (configHelp) {
            KafkaReference.print(terminal.out());
            return Main.DONE;
        }
        Logging.write(terminal.environment(), logFormat, terminal.err());
        if (quiet) {
            Logging.quiet(terminal.environment());
        }
        Settings settings = RunSettings.of(terminal, source, slot, sink, messages);
        log.info(
                "from {} to Kafka at {}, slot {}",
                settings.postgres(),
                settings.kafka().bootstrapServers(),
                settings.slot());
        Pipeline pipeline = new Pipeline(settings, new Progress());
        terminal.stop().whenAsked(pipeline::stop);
        try (RunView view = RunView.open(terminal, settings, pipeline, this)) {
            view.announce();
            pipeline.run();
        }
        log.info(
                pipeline.isStopping()
                        ? "stopped; the next run goes on from here"
                        : "done: the rows are in Kafka, and nothing was left on the server");
        return Main.DONE;
    }
}
