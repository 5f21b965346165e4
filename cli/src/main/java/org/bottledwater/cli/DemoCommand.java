package org.bottledwater.cli;

import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.Sandbox;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole thing on throw-away servers. */
@Command(name = "demo", header = "Shows all of it on servers that are thrown away afterwards")
final class DemoCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = "--keep",
            arity = "0..1",
            fallbackValue = "true",
            order = 1,
            description = "Leave it running until Ctrl-C, to play with")
    boolean keep;

    @Option(names = "--seconds", paramLabel = "N", order = 2, description = "How long the shop is busy (12)")
    int seconds = 12;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException, SQLException {
        Logging.quiet(terminal.environment());
        if (!Sandbox.isAvailable()) {
            throw new ConfigurationException(
                    "the demo's servers are not part of a package: run it in a checkout, as" + " ./bottledwater demo");
        }
        terminal.out().println("Starting three throw-away servers (the first time they are unpacked) …");
        try (Sandbox sandbox = Sandbox.start(
                        PostgresOptions.of("18"), line -> terminal.out().println("  " + line));
                DemoShop shop = DemoShop.create(sandbox.postgres());
                Demo demo = new Demo(terminal, sandbox, shop)) {
            demo.copy();
            demo.tellTheStory();
            demo.beBusy(seconds);
            boolean equal = demo.compare();
            if (keep && !terminal.stop().isAsked()) {
                demo.leaveToPlay();
            }
            return equal ? Main.DONE : Main.FAILED;
        } finally {
            terminal.out().println("Everything is gone again.");
        }
    }
}
