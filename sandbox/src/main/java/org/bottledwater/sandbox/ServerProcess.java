package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One server: its folder, its log, its process while it runs, and the watchdog over them. Safe for several threads. */
final class ServerProcess implements AutoCloseable {

    /** Whether the server is of use already; asked again and again while it starts. */
    interface Probe {
        boolean ready() throws IOException;
    }

    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofMinutes(1);

    /** A unix socket's path may have about 100 bytes, and a socket goes into the folder. */
    private static final int TEMPORARY_FOLDER_LENGTH_MAX = 55;

    private final String name;
    private final Path folder;
    private final Path log;
    private final Watchdog watchdog;
    private @Nullable Process process;
    private volatile long logOffset;
    private boolean closed;

    private ServerProcess(String name, Path folder, Watchdog watchdog) {
        this.name = name;
        this.folder = folder;
        this.log = folder.resolve("server.log");
        this.watchdog = watchdog;
    }

    /** Makes an empty folder for a server that the watchdog will end by {@code watchdogSignal}. */
    static ServerProcess prepare(String name, String watchdogSignal) {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        if (temporary.toString().length() > TEMPORARY_FOLDER_LENGTH_MAX) {
            temporary = Path.of("/tmp");
        }
        try {
            Path folder = Files.createTempDirectory(temporary, "bottledwater-" + name + "-");
            return new ServerProcess(name, folder, Watchdog.over(folder, watchdogSignal));
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox: could not make a folder, parent=" + temporary, e);
        }
    }

    Path folder() {
        return folder;
    }

    Path log() {
        return log;
    }

    String logSinceStart() throws IOException {
        return LogTail.since(log, logOffset);
    }

    /** Returns when the probe says ready. */
    synchronized void start(List<String> command, Probe probe) {
        if (closed || isRunning()) {
            throw new SandboxException(name + ": cannot start, closed=" + closed + " running=" + isRunning());
        }
        List<String> detached = new ArrayList<>(Watchdog.ownSession());
        detached.addAll(command);
        Process started;
        try {
            logOffset = Files.exists(log) ? Files.size(log) : 0;
            started = new ProcessBuilder(detached)
                    .directory(folder.toFile())
                    .redirectInput(Programs.NOTHING)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": could not run, program=" + detached.get(0), e);
        }
        process = started;
        watchdog.watch(started.pid());
        boolean ready = false;
        try {
            awaitReady(started, probe);
            ready = true;
        } finally {
            if (!ready) {
                kill();
            }
        }
    }

    private void awaitReady(Process started, Probe probe) {
        Deadline deadline = Deadline.after(START_LIMIT);
        while (started.isAlive() && !deadline.passed()) {
            try {
                if (probe.ready()) {
                    return;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(name + ": could not be asked whether it is ready", e);
            }
            deadline.pause();
        }
        String reason = started.isAlive() ? "limit=" + START_LIMIT : "exitCode=" + started.exitValue();
        throw new SandboxException(name + ": did not start, " + reason + "\n" + LogTail.of(log, logOffset));
    }

    synchronized boolean isRunning() {
        return process != null && process.isAlive();
    }

    synchronized long pid() {
        return running().pid();
    }

    /** Sends the signal and waits for the end; a server that does not end in a minute is killed, and that is an error. */
    synchronized void stop(String signal) {
        if (!isRunning()) {
            return;
        }
        Process stopping = running();
        signal(stopping.pid(), signal);
        if (!await(stopping)) {
            kill();
            throw new SandboxException(name + ": did not stop, signal=" + signal + " limit=" + STOP_LIMIT + "\n"
                    + LogTail.of(log, logOffset));
        }
        forget();
    }

    /** SIGKILL to the server and to every process it started, as if the machine had lost its power. */
    synchronized void kill() {
        if (process == null) {
            return;
        }
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        await(process);
        Deadline deadline = Deadline.after(STOP_LIMIT);
        while (children.stream().anyMatch(ProcessHandle::isAlive) && !deadline.passed()) {
            deadline.pause();
        }
        forget();
    }

    private void forget() {
        process = null;
        watchdog.watchNothing();
    }

    private Process running() {
        Process current = process;
        if (current == null || !current.isAlive()) {
            throw new SandboxException(name + ": not running\n" + LogTail.of(log, logOffset));
        }
        return current;
    }

    private static void signal(long pid, String signal) {
        Programs.succeeds(List.of("sh", "-c", "kill -" + signal + " " + pid));
    }

    private static boolean await(Process ending) {
        try {
            return ending.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw Deadline.interrupted(e);
        }
    }

    /** Ends the server at once and removes the folder; doing so again does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (!isRunning()) {
                // The number of a process that has ended by itself may be another's by now.
                watchdog.watchNothing();
            }
            watchdog.close();
            process = null;
        }
    }
}
