package org.bottledwater.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxTest {

    @BeforeAll
    static void prepare() {
        Sandbox.prepare();
    }

    @Test
    void shouldStartAllThreeAndLeaveNothingBehind() {
        List<String> progress = Collections.synchronizedList(new ArrayList<>());
        List<Path> folders;
        try (Sandbox sandbox = Sandbox.start(PostgresOptions.of("15"), progress::add)) {
            assertThat(progress)
                    .containsExactlyInAnyOrder(
                            "PostgreSQL " + sandbox.postgres().version() + " is up: "
                                    + sandbox.postgres().uri("postgres"),
                            "Kafka is up: " + sandbox.kafka().bootstrapServers(),
                            "Schema registry is up: " + sandbox.registry().url());
            folders = List.of(
                    folder(sandbox.postgres().log()),
                    folder(sandbox.kafka().log()),
                    folder(sandbox.registry().log()));
            assertThat(folders).allSatisfy(folder -> assertThat(folder).isDirectory());
        }
        assertThat(folders).allSatisfy(folder -> assertThat(folder).doesNotExist());
    }

    /** TERM stands for an orderly end (Ctrl-C is ignored in the background), KILL for one that no code of ours can see. */
    @ParameterizedTest
    @ValueSource(strings = {"KILL", "TERM"})
    void shouldVanishWithItsOwner(String signal) throws Exception {
        Process owner = new ProcessBuilder(
                        Programs.java(), "-cp", System.getProperty("java.class.path"), Orphans.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = owner.inputReader()) {
            String[] postgres = line(output).split(" ", 2);
            String[] registry = line(output).split(" ", 2);
            int postgresPort = Integer.parseInt(postgres[0]);
            int registryPort = URI.create(registry[0]).getPort();
            assertThat(Gone.answers(postgresPort)).isTrue();
            assertThat(Gone.answers(registryPort)).isTrue();

            assertThat(Programs.succeeds(List.of("sh", "-c", "kill -" + signal + " " + owner.pid())))
                    .isTrue();

            Gone.awaitGone(folder(Path.of(postgres[1])), postgresPort);
            Gone.awaitGone(folder(Path.of(registry[1])), registryPort);
        } finally {
            owner.destroyForcibly();
        }
    }

    private static String line(BufferedReader output) {
        try {
            String line = output.readLine();
            assertThat(line).as("what the owner prints").isNotNull();
            return line == null ? "" : line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder(Path log) {
        Path folder = log.getParent();
        assertThat(folder).isNotNull();
        return folder == null ? log : folder;
    }
}
