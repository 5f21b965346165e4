package org.bottledwater.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A tool that runs. */
final class ToolProcess implements AutoCloseable {
    private static final int STOP_SECONDS = 60;

    private final Process process;
    private final Path log;
    private final Meter meter;

    private ToolProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.meter = Meter.of(process.pid());
    }

    static ToolProcess start(List<String> command, Map<String, String> environment, Path log) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            return new ToolProcess(builder.start(), log);
        } catch (IOException e) {
            throw new BenchException("could not start " + command, e);
        }
    }

    Meter meter() {
        return meter;
    }

    /** @throws BenchException with the end of its log if it has failed */
    void requireAlive() {
        if (!process.isAlive() && process.exitValue() != 0) {
            throw new BenchException("ended with " + process.exitValue() + ":\n" + tail());
        }
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return "no log: " + log;
        }
    }

    /** Asks it to end, and waits. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
