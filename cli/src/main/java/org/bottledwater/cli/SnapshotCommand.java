package org.bottledwater.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.CopyAgain;
import org.bottledwater.pipeline.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Has the running instance copy tables once more. */
@Command(name = "snapshot", header = "Has the running instance copy tables once more")
final class SnapshotCommand implements Callable<Integer> {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofDays(1000);

    private final Terminal terminal;

    @Mixin(name = "PostgreSQL")
    final PostgresOptions postgres = new PostgresOptions();

    @Mixin(name = "Kafka")
    final KafkaOptions kafka = new KafkaOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = "--tables",
            paramLabel = "PATTERNS",
            order = 3,
            description = "Which tables: 'public.orders,public.item*'")
    String tables = "";

    SnapshotCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (tables.isEmpty()) {
            throw new WrongUsage("which tables? --tables=public.orders, or --tables='*' for all of them");
        }
        SourceOptions source = new SourceOptions(postgres);
        source.tables = tables;
        Settings settings = RunSettings.of(terminal, source, new SinkOptions(kafka), new MessageOptions());
        Thread running = Thread.currentThread();
        try (CopyAgain copy = CopyAgain.request(settings)) {
            terminal.stop().whenAsked(running::interrupt);
            return await(copy);
        } catch (InterruptedException | ConnectionException e) {
            if (e instanceof ConnectionException away && !terminal.stop().isAsked()) {
                throw away;
            }
            say("not waiting any more; the request stands");
            return Main.DONE;
        }
    }

    private int await(CopyAgain copy) throws InterruptedException {
        say("asked for " + copy.tables().stream().map(TableName::toString).collect(Collectors.joining(", ")));
        CopyAgain.Progress progress = copy.await(CopyAgain.Progress.WAITING, SOON);
        if (progress == CopyAgain.Progress.WAITING) {
            say(
                    "no instance runs, or it is busy: the tables are copied when it gets to it. Waiting; it is safe to stop that");
            progress = copy.await(CopyAgain.Progress.WAITING, LONG);
        }
        if (progress == CopyAgain.Progress.COPYING) {
            say("the copy has begun; changes wait meanwhile");
            progress = copy.await(CopyAgain.Progress.COPYING, LONG);
        }
        say("copied; the changes go on");
        return progress == CopyAgain.Progress.DONE ? Main.DONE : Main.FAILED;
    }

    private void say(String line) {
        terminal.out().println(line);
        terminal.out().flush();
    }
}
