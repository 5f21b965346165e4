package org.bottledwater.cli.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What Java cannot send: SIGSTOP and SIGCONT. */
final class Signals {
    private Signals() {}

    static void send(String name, ProcessHandle process) {
        send(name, List.of(process));
    }

    /** To the process and to all that it started. */
    static void sendToAll(String name, long pid) {
        ProcessHandle.of(pid).ifPresent(process -> {
            List<ProcessHandle> all = new ArrayList<>(List.of(process));
            all.addAll(process.descendants().toList());
            send(name, all);
        });
    }

    private static void send(String name, List<ProcessHandle> processes) {
        StringBuilder command = new StringBuilder("kill -" + name);
        processes.forEach(process -> command.append(' ').append(process.pid()));
        try {
            // One of them may have ended meanwhile.
            new ProcessBuilder("sh", "-c", command.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
