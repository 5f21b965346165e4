package org.bottledwater.cli.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One {@code bottledwater} that is started again whenever it has ended, as by an operating system's supervisor, until it is
 * told otherwise. Its log goes on over all its lives.
 */
final class Instance implements AutoCloseable {
    private static final long PAUSE_MILLIS = 300;

    private final List<String> program;
    private final List<String> arguments;
    private final Path log;
    private final Path agent;
    private final Thread keeper;
    private @Nullable Process process;
    private Optional<String> failpoint = Optional.empty();
    private boolean over;
    private int starts;
    private int endedAtFailpoint;

    /** @param program the command up to the program's own arguments */
    Instance(List<String> program, List<String> arguments, Path log, Path agent) {
        this.program = program;
        this.arguments = arguments;
        this.log = log;
        this.agent = agent;
        this.keeper = new Thread(this::keep, "keeper-" + log.getFileName());
        keeper.setDaemon(true);
        keeper.start();
    }

    private void keep() {
        try {
            while (true) {
                Process current = start();
                if (current == null) {
                    return;
                }
                int code = current.waitFor();
                synchronized (this) {
                    note("ended, exitCode=" + code);
                    endedAtFailpoint += code == Failpoints.EXIT_CODE ? 1 : 0;
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            // It is not to be started again.
        }
    }

    private synchronized @Nullable Process start() {
        if (over) {
            return null;
        }
        List<String> command = new ArrayList<>(program);
        failpoint.ifPresent(option -> command.add(1, option));
        command.addAll(arguments);
        note("start"
                + failpoint.map(option -> " " + option.replaceAll(".*=", "")).orElse(""));
        failpoint = Optional.empty();
        starts++;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            return process;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void note(String what) {
        Notes.append(log, "--- " + what);
    }

    /** Its next life, which begins at once, ends at the point. */
    void end(Failpoint point, int passing) {
        synchronized (this) {
            failpoint = Optional.of(Failpoints.option(agent, point, passing));
        }
        kill();
    }

    /** SIGKILL. */
    synchronized void kill() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** SIGTERM. */
    synchronized void terminate() {
        if (process != null) {
            process.destroy();
        }
    }

    /** SIGSTOP, SIGCONT, or SIGQUIT for its threads in the log. */
    synchronized void signal(String name) {
        if (process != null) {
            Signals.send(name, process.toHandle());
        }
    }

    synchronized int starts() {
        return starts;
    }

    synchronized int endedAtFailpoint() {
        return endedAtFailpoint;
    }

    Path log() {
        return log;
    }

    /** Whether it has come as far as the changes. */
    boolean hasFollowed() {
        try {
            return Files.exists(log) && Files.readString(log).contains("stream: following");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A gentle end for good. Returns the exit code. */
    int stop() throws InterruptedException {
        Process last;
        synchronized (this) {
            over = true;
            last = process;
        }
        if (last == null) {
            return 0;
        }
        last.destroy();
        if (!last.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end: log=" + log);
        }
        return last.exitValue();
    }

    @Override
    public void close() {
        synchronized (this) {
            over = true;
        }
        keeper.interrupt();
        kill();
    }
}
