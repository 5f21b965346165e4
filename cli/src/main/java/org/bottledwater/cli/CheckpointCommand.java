package org.bottledwater.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.pipeline.CheckpointTransfer;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.Settings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves a copy to a connector of Kafka Connect and back, without a new snapshot. */
@Command(name = "checkpoint", header = "Moves a copy to Kafka Connect (export) and back (import)")
final class CheckpointCommand implements Callable<Integer> {
    private final Terminal terminal;

    /** What is done. */
    enum Action {
        EXPORT,
        IMPORT
    }

    @Parameters(index = "0", paramLabel = "export|import", description = "Which way")
    Action action = Action.EXPORT;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "What is imported: the connector's offsets; - is standard input")
    @Nullable
    String file;

    @Mixin(name = "PostgreSQL")
    final PostgresOptions postgres = new PostgresOptions();

    @Mixin(name = "Kafka")
    final KafkaOptions kafka = new KafkaOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = "--publication",
            paramLabel = "NAME",
            order = 6,
            description = "Use this publication of yours, make none")
    String publication = "";

    @Option(
            names = "--delivery",
            paramLabel = "HOW",
            order = 55,
            description = "exactly-once or at-least-once (exactly-once)")
    Delivery delivery = Delivery.EXACTLY_ONCE;

    CheckpointCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        SourceOptions source = new SourceOptions(postgres);
        source.publication = publication;
        SinkOptions sink = new SinkOptions(kafka);
        sink.delivery = delivery;
        Settings settings = RunSettings.of(terminal, source, sink, new MessageOptions());
        String from = file;
        if (action == Action.IMPORT) {
            if (from == null) {
                throw new WrongUsage(
                        "which file? It has the answer of GET /connectors/NAME/offsets; - is standard input:"
                                + "\n  bottledwater checkpoint import offsets.json");
            }
            taken(settings, CheckpointTransfer.take(settings, read(from)));
        } else {
            if (from != null) {
                throw new WrongUsage("the offsets are printed: bottledwater checkpoint export > " + from);
            }
            handedOver(settings, CheckpointTransfer.export(settings));
        }
        return Main.DONE;
    }

    private String read(String from) {
        try {
            byte[] bytes = from.equals("-") ? terminal.in().readAllBytes() : Files.readAllBytes(Path.of(from));
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new WrongUsage("there is no such file: " + from, e);
        } catch (IOException e) {
            throw new WrongUsage("cannot read " + from + ": " + e.getMessage(), e);
        }
    }

    /** Only the offsets go to where they may be taken to a file. */
    private void handedOver(Settings settings, CheckpointTransfer.Moved moved) {
        terminal.out().println(moved.offsets());
        terminal.out().flush();
        if (terminal.out().checkError()) {
            throw new ConfigurationException("slot " + settings.slot() + " is handed over at "
                    + Lsn.toString(moved.lsn()) + ", but the offsets could not be written: is the disk full?"
                    + "\n  run it again; it says the same again");
        }
        PrintStream words = terminal.err();
        words.println("slot " + settings.slot() + " is handed over at " + Lsn.toString(moved.lsn()) + " with "
                + moved.tables() + " tables; the command line does not run it any more");
        words.println(
                "  PATCH these offsets into the stopped connector, which has to have the same slot, tables and topics");
        words.println("  to take it back before it was resumed:  bottledwater checkpoint import FILE");
        words.println("  after that stop it, and import the answer of GET /connectors/NAME/offsets instead");
    }

    private void taken(Settings settings, CheckpointTransfer.Moved moved) {
        terminal.out()
                .println("slot " + settings.slot() + " goes on here at " + Lsn.toString(moved.lsn()) + " with "
                        + moved.tables() + " tables; delete the connector");
    }
}
