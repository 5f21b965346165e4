package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a run prints: in a terminal, into a file, quietly, and as JSON. */
@Timeout(180)
class RunOutputTest {
    private static PostgresServer postgres;
    private static KafkaBroker kafka;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresServer.start("18");
        kafka = KafkaBroker.start();
        sql(
                "CREATE TABLE big (id int PRIMARY KEY, item text)",
                "INSERT INTO big SELECT i, repeat('x', 100) FROM generate_series(1, 300000) i",
                "CREATE TABLE small (id int PRIMARY KEY)",
                "INSERT INTO small VALUES (1)",
                "ANALYZE");
    }

    @AfterAll
    static void stop() {
        kafka.close();
        postgres.close();
    }

    private static void sql(String... statements) throws Exception {
        try (Connection session = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = session.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String[] arguments(String slot, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "--postgres=" + postgres.uri("postgres"),
                "--broker=" + kafka.bootstrapServers(),
                "--output-format=json",
                "--topic-prefix=" + slot,
                "--slot=" + slot));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static void until(Program program, String text) throws Exception {
        while (!program.output().contains(text)) {
            assertThat(program.isAlive()).as(program.output()).isTrue();
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    @Test
    void shouldDrawBarsAndALiveLineInATerminal() throws Exception {
        assumeThat(Path.of("/usr/bin/script")).as("makes a pseudo-terminal").isExecutable();
        Path log = folder.resolve("log");
        try (Program program = Program.startInTerminal(log, arguments("terminal"))) {
            until(program, "streaming  lag ");
            sql("UPDATE small SET id = id + 1");
            until(program, "300,003 messages sent");
            assertThat(program.stop()).as(program.output()).isZero();
        }

        String output = Files.readString(log);
        assertThat(output)
                .containsPattern("public\\.big +█*░+ +[0-9]+%  [0-9,]+ of 300,000  ")
                .containsPattern("snapshot +█*░+ +[0-9]+%  [0-9,]+ of 300,001  ")
                .containsPattern("streaming  lag [^\n]*last commit [0-9:]{8}  300,003 messages sent\r?\n");
        // Whatever comes after the lines are taken away begins where they began.
        assertThat(output.replace("\r", "")).endsWith("stopped; the next run goes on from here\n");
    }

    @Test
    void shouldWriteJsonLinesOnly() throws Exception {
        Path log = folder.resolve("log");
        try (Program program = Program.start(log, arguments("json", "--tables=small", "--log-format=json"))) {
            until(program, "stream: following the changes from ");
            assertThat(program.stop()).as(program.output()).isZero();
        }
        try (Program program = Program.start(
                log,
                "--postgres=postgres://me:sesame@127.0.0.1:1/shop",
                "--broker=127.0.0.1:1",
                "--output-format=json",
                "--log-format=json")) {
            assertThat(program.exitCode()).isEqualTo(1);
        }

        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            lines.add(new ObjectMapper().readTree(line));
        }

        assertThat(lines).allSatisfy(line -> {
            assertThat(line.path("time").asText()).matches("20[0-9-]+T[0-9:.]+Z");
            assertThat(line.path("level").asText()).isIn("INFO", "WARN", "ERROR");
            assertThat(line.path("message").asText()).isNotEmpty();
        });
        assertThat(lines).last().satisfies(line -> {
            assertThat(line.path("level").asText()).isEqualTo("ERROR");
            assertThat(line.path("message").asText()).startsWith("cannot connect: host=127.0.0.1:1 ");
        });
        assertThat(lines.toString()).doesNotContain("sesame");
    }

    @Test
    void shouldBeSilentIfNothingIsWrong() throws Exception {
        Path log = folder.resolve("log");
        try (Program program = Program.start(log, arguments("quiet", "--tables=small", "--quiet"))) {
            Captured status = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), "");
            while (status.run("status", arguments("quiet")[0], arguments("quiet")[1], "--slot=quiet") != 0
                    || !status.out().contains("it follows the changes")) {
                assertThat(program.isAlive()).as(program.output()).isTrue();
                TimeUnit.MILLISECONDS.sleep(100);
            }
            assertThat(program.stop()).as(program.output()).isZero();
        }

        assertThat(log).isEmptyFile();
    }
}
