package org.bottledwater.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What it means that a server is gone: nobody answers at its port and its folder does not exist. */
final class Gone {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Gone() {}

    static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(Ports.address(port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static void awaitGone(Path folder, int port) {
        Deadline deadline = Deadline.after(LIMIT);
        while (!deadline.passed() && (Files.exists(folder) || answers(port))) {
            deadline.pause();
        }
        assertThat(folder).doesNotExist();
        assertThat(answers(port)).as("port %d answers", port).isFalse();
    }
}
