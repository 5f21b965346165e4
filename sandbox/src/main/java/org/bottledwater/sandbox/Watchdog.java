package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A shell that outlives us just long enough to clean up. It reads from a pipe whose only writer is this JVM; when the
 * pipe ends, by {@link #close} or because the JVM is gone in whatever way, it kills the server and removes its folder.
 * A shutdown hook would do less (nothing after SIGKILL) and harm: it would take the servers away from hooks that still
 * need them.
 */
final class Watchdog implements AutoCloseable {

    /*
     * $1 is the folder, $2 the signal for the server. Each line is the process to kill, or empty when there is none.
     * Ctrl-C goes to every process of the terminal: it must not end the watchdog before its work.
     */
    private static final String SCRIPT = """
            trap '' INT TERM HUP QUIT
            pid=
            while read -r line; do pid=$line; done
            if [ -n "$pid" ]; then
              kill -"$2" "$pid"
              waits=0
              while kill -0 "$pid" && [ "$waits" -lt 50 ]; do sleep 0.1; waits=$((waits + 1)); done
              kill -KILL "$pid"
            fi
            rm -rf "$1" || { sleep 1; rm -rf "$1"; }
            """;

    private static final int CLOSE_SECONDS_MAX = 30;

    private final Process shell;
    private final OutputStream pipe;

    private Watchdog(Process shell) {
        this.shell = shell;
        this.pipe = shell.getOutputStream();
    }

    static Watchdog over(Path folder, String signal) {
        List<String> command = new ArrayList<>(ownSession());
        command.addAll(List.of("sh", "-c", SCRIPT, "bottledwater-watchdog", folder.toString(), signal));
        try {
            return new Watchdog(new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox: could not start the watchdog", e);
        }
    }

    /** The prefix that keeps Ctrl-C in the terminal away from a process; macOS has no such program. */
    static List<String> ownSession() {
        return Programs.exists("setsid") ? List.of("setsid") : List.of();
    }

    void watch(long pid) {
        tell(Long.toString(pid));
    }

    void watchNothing() {
        tell("");
    }

    private void tell(String line) {
        try {
            pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            pipe.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox: the watchdog is gone, pid=" + shell.pid(), e);
        }
    }

    /** Returns when the server and its folder are gone. */
    @Override
    public void close() {
        try {
            pipe.close();
            if (!shell.waitFor(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new SandboxException("sandbox: the watchdog does not end, pid=" + shell.pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox: could not close the watchdog's pipe", e);
        } catch (InterruptedException e) {
            throw Deadline.interrupted(e);
        }
    }
}
