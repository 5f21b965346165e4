package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bottledwater status} prints and returns; what it finds is tested with the pipeline's StatusReport. */
@Timeout(120)
class StatusCommandTest {
    private static final int NOT_RUNNING = 3;

    @TempDir
    Path folder;

    private final List<String> servers = new ArrayList<>();

    @Test
    void shouldTellOfAnInstanceBeforeWhileAndAfterItRuns() throws Exception {
        String address = "127.0.0.1:" + freePort();
        try (PostgresServer postgres = PostgresServer.start("18");
                KafkaBroker kafka = KafkaBroker.start();
                Connection session = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = session.createStatement()) {
            statement.execute("CREATE TABLE t (id int PRIMARY KEY, item text)");
            statement.execute("INSERT INTO t SELECT i, 'a' FROM generate_series(1, 100) i");
            servers.add("--postgres=" + postgres.uri("postgres"));
            servers.add("--broker=" + kafka.bootstrapServers());

            Captured before = status(NOT_RUNNING, "--http=" + address);

            assertThat(before.out().lines()).first().isEqualTo("No instance is running.");
            assertThat(before.out())
                    .contains("  slot        there is none called bottledwater\n")
                    .contains("  checkpoint  none\n")
                    .contains("  tables      0 of 1 are complete in Kafka\n")
                    .contains("  instance    no instance answers at http://" + address + "/api/status: ")
                    .contains("  next start  there is no checkpoint: a run begins with a snapshot\n");

            try (Program program =
                    Program.start(folder.resolve("log"), arguments("--output-format=json", "--http=" + address))) {
                awaitStreaming(program, address);

                Captured meanwhile = status(0, "--http=" + address);

                assertThat(meanwhile.out().lines())
                        .first()
                        .isEqualTo("An instance is running: it follows the changes.");
                assertThat(meanwhile.out())
                        .containsPattern("slot +bottledwater \\(pgoutput\\), read by process [0-9]+; the server keeps ")
                        .containsPattern(
                                "checkpoint +[0-9A-F]+/[0-9A-F]+, .* before the end of the log, written [0-9]+ s ago; snapshot complete")
                        .contains("  tables      1 of 1 are complete in Kafka\n")
                        .containsPattern("instance +streaming for [0-9]+ s, lag .*; since its start 100 messages ");
                program.kill();
            }

            JsonNode after = json(status(NOT_RUNNING, "--json"));

            assertThat(after.path("activity").asText()).isEqualTo("none");
            assertThat(after.path("exitCode").asInt()).isEqualTo(NOT_RUNNING);
            assertThat(after.path("slot").path("active").asBoolean()).isFalse();
            assertThat(after.path("checkpoint").path("snapshot").asText()).isEqualTo("complete");
            assertThat(after.path("checkpoint").path("writtenAt").asLong()).isGreaterThan(1_700_000_000_000L);
            assertThat(after.path("tables").path(0).path("copied").asBoolean()).isTrue();
            assertThat(after.path("next").asText()).startsWith("there is a checkpoint: a run goes on at ");
            assertThat(after.path("problems")).isEmpty();
            assertThat(after.has("instance")).isFalse();

            statement.execute("SELECT pg_drop_replication_slot('bottledwater')");
            assertThat(status(1).out())
                    .contains("  ✗ slot bottledwater is gone: ")
                    .contains("      copy everything again:  --on-lost-slot=resnapshot\n");
        }
    }

    @Test
    void shouldFailWhereNobodyAnswersAndPrintNoPassword() throws Exception {
        servers.add("--postgres=postgres://me:sesame@127.0.0.1:1/shop");
        servers.add("--broker=127.0.0.1:1");

        Captured text = status(1);
        JsonNode json = json(status(1, "--json"));

        assertThat(text.out())
                .startsWith("Whether an instance is running is not known: the database does not say.\n")
                .contains("  ✗ cannot connect: host=127.0.0.1:1 database=shop user=me reason=")
                .contains("  ✗ cannot reach Kafka at 127.0.0.1:1: ")
                .doesNotContain("sesame");
        assertThat(json.path("activity").asText()).isEqualTo("unknown");
        assertThat(json.path("problems")).hasSize(2);
        assertThat(json.toString()).doesNotContain("sesame");
    }

    private Captured status(int exitCode, String... more) {
        Captured captured = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), "");
        List<String> line = new ArrayList<>(List.of("status"));
        line.addAll(List.of(arguments(more)));
        assertThat(captured.run(line.toArray(String[]::new)))
                .as(captured.out() + captured.err())
                .isEqualTo(exitCode);
        return captured;
    }

    private String[] arguments(String... more) {
        List<String> all = new ArrayList<>(servers);
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private void awaitStreaming(Program program, String address) throws Exception {
        while (true) {
            assertThat(program.isAlive()).as(program.output()).isTrue();
            Captured captured = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), "");
            List<String> line = new ArrayList<>(List.of("status"));
            line.addAll(List.of(arguments("--json", "--http=" + address)));
            captured.run(line.toArray(String[]::new));
            JsonNode seen = json(captured);
            if (seen.path("instance").path("phase").asText().equals("streaming")
                    && seen.path("activity").asText().equals("streaming")) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private static JsonNode json(Captured captured) throws Exception {
        return new ObjectMapper().readTree(captured.out());
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
