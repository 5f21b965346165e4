package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.bottledwater.cli.http.Browser;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a run shows of itself over HTTP. */
@Timeout(120)
class StatusPageTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    @Test
    void shouldShowARunFromItsStartToItsEnd() throws Exception {
        String base = "http://127.0.0.1:" + freePort();
        try (PostgresServer postgres = PostgresServer.start("18");
                KafkaBroker kafka = KafkaBroker.start();
                Connection session = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = session.createStatement()) {
            statement.execute("CREATE TABLE t (id int PRIMARY KEY, item text)");
            statement.execute("INSERT INTO t SELECT i, 'a' FROM generate_series(1, 100) i");
            try (Program program = Program.start(
                    folder.resolve("log"),
                    "--postgres=" + postgres.uri("postgres"),
                    "--broker=" + kafka.bootstrapServers(),
                    "--output-format=json",
                    "--http=" + base.substring("http://".length()))) {
                await(program, base, status -> status.path("phase").asText().equals("streaming"));
                statement.execute("UPDATE t SET item = 'b' WHERE id <= 20");

                JsonNode status =
                        await(program, base, seen -> seen.path("messages").asInt() == 120);

                assertThat(program.output()).contains("status page at " + base + "/");
                JsonNode table = status.path("tables").path(0);
                assertThat(table.path("table").asText()).isEqualTo("public.t");
                assertThat(table.path("topic").asText()).isEqualTo("t");
                assertThat(table.path("copied").asBoolean()).isTrue();
                assertThat(status.path("source").asText()).isEqualTo(postgres.uri("postgres"));
                assertThat(status.path("lagSeconds").asDouble()).isLessThan(60);
                assertThat(get(base + "/health/ready").statusCode()).isEqualTo(200);
                assertThat(get(base + "/health/live").body()).isEqualTo("STREAMING\n");
                assertThat(get(base + "/metrics").body())
                        .contains("bottledwater_messages_total{table=\"public.t\",topic=\"t\"} 120.0\n")
                        .contains("bottledwater_phase{phase=\"streaming\"} 1.0\n")
                        .contains("bottledwater_snapshot_tables_done 1.0\n")
                        .contains("bottledwater_snapshot_rows 100.0\n")
                        .contains("bottledwater_lag_seconds ")
                        .contains("bottledwater_message_bytes_total{table=\"public.t\",topic=\"t\"} ");
                Dashboard.verify(get(base + "/metrics").body());
                Optional<Browser> browser = Browser.find(folder);
                if (browser.isPresent()) {
                    assertThat(browser.get().open(base + "/"))
                            .contains("<title>streaming · Bottled Water</title>")
                            .contains("<td class=\"n\">120</td>");
                }
                assertThat(get(base + "/").body()).startsWith("<!doctype html>").contains("Bottled Water");
                assertThat(get(base + "/nothing").statusCode()).isEqualTo(404);

                JsonNode looked = await(
                        program, base, seen -> seen.path("retainedWalBytes").asLong() > 0);
                assertThat(looked.path("walLsn").asText()).isNotEqualTo("0/0");

                kafka.kill();
                statement.execute("UPDATE t SET item = repeat('c', 1000)");
                JsonNode waiting = await(
                        program,
                        base,
                        seen -> seen.path("phase").asText().equals("waiting")
                                && seen.path("lagBytes").asLong() > 0);
                assertThat(waiting.path("reason").asText()).isNotEmpty();
                assertThat(waiting.path("lagSeconds").asDouble()).isGreaterThan(1);
                assertThat(get(base + "/health/ready").statusCode()).isEqualTo(503);
                assertThat(get(base + "/health/ready").body()).startsWith("WAITING: ");
                assertThat(get(base + "/health/live").statusCode()).isEqualTo(200);
                assertThat(program.stop()).isZero();
            }
        }
    }

    @Test
    void shouldRefuseAnAddressThatItCannotListenAt() {
        Captured wrong = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), "");
        assertThat(wrong.run("--postgres=postgres://db/x", "--http=8084")).isEqualTo(2);
        assertThat(wrong.err())
                .startsWith(
                        "bottledwater: not an address to listen at: --http=8084\n  write it like --http=127.0.0.1:8084");

        Captured foreign = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), "");
        assertThat(foreign.run("--postgres=postgres://db/x", "--http=192.0.2.1:8084"))
                .isEqualTo(1);
        assertThat(foreign.err()).startsWith("bottledwater: cannot listen: --http=192.0.2.1:8084 reason=");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static JsonNode await(Program program, String base, Predicate<JsonNode> condition) throws Exception {
        while (true) {
            assertThat(program.isAlive()).as(program.output()).isTrue();
            try {
                JsonNode status =
                        new ObjectMapper().readTree(get(base + "/api/status").body());
                if (condition.test(status)) {
                    return status;
                }
            } catch (IOException e) {
                // It does not listen yet.
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static HttpResponse<String> get(String uri) throws IOException, InterruptedException {
        return HTTP.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
