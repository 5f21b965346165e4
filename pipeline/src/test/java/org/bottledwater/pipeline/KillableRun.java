package org.bottledwater.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.TableName;
import org.bottledwater.sandbox.Waiting;

/** A pipeline in a process of its own, which can be killed as by {@code kill -9}. */
final class KillableRun implements AutoCloseable {
    private final Process process;

    private KillableRun(Process process) {
        this.process = process;
    }

    static KillableRun of(TestBed bed, PluginChoice plugin) {
        return of(bed, plugin, "");
    }

    /** One that tells of transactions, too. */
    static KillableRun telling(TestBed bed, String transactionsTopic) {
        return of(bed, PluginChoice.AUTO, transactionsTopic);
    }

    private static KillableRun of(TestBed bed, PluginChoice plugin, String transactionsTopic) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx240m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KillableRun.class.getName(),
                bed.postgres.uri(bed.name),
                bed.name,
                TestBed.kafka().bootstrapServers(),
                plugin.name(),
                transactionsTopic);
        try {
            return new KillableRun(new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(
                            Path.of("target", "killed-" + bed.name + ".log").toFile())
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the moment to kill it; that it ends by itself is an error. */
    KillableRun until(String what, Callable<Boolean> condition) {
        Waiting.until(what, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the run ended by itself, exitCode=" + process.exitValue());
            }
            return condition.call();
        });
        return this;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }

    public static void main(String[] arguments) throws InterruptedException {
        Settings settings =
                TestBed.settings(arguments[0], arguments[1], arguments[2], URI.create("http://127.0.0.1:1"));
        SettingsBuilder wanted = new SettingsBuilder(settings).plugin(PluginChoice.valueOf(arguments[3]));
        if (!arguments[4].isEmpty()) {
            wanted.transactionsTopic(arguments[4]);
        }
        new Pipeline(wanted.build(), new PipelineListener() {
                    @Override
                    public void snapshotStarted(int tables, long estimatedRows) {}

                    @Override
                    public void tableCopied(TableName table, long rows) {}

                    @Override
                    public void streaming(long lsn) {}
                })
                .run();
    }
}
