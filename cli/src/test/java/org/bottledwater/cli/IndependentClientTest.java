package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.bottledwater.sandbox.Sandbox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Python's Kafka client with Avro's Python reader, none of it ours, reads the same as PostgreSQL prints. */
class IndependentClientTest {
    private static final String PYTHON = "/usr/bin/python3";
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String AS_PRINTED = """
            SELECT json_build_object(
                'id', id, 'name', name, 'price', price::text,
                'made', to_char(made AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00',
                'day', day::text, 'tags', to_json(tags), 'doc', doc::text, 'flag', flag, 'ratio', ratio,
                'uid', uid::text, 'mood', mood::text)
            FROM things ORDER BY id""";

    @TempDir
    private Path folder;

    @Test
    @Timeout(120)
    void shouldReadWhatPostgresPrints() throws Exception {
        assumeTrue(hasClient(), "skipped: the packages python3-confluent-kafka and python3-avro are not installed");
        try (Sandbox servers = Sandbox.start();
                Connection session =
                        DriverManager.getConnection(servers.postgres().jdbcUrl("postgres"), "postgres", "");
                Statement sql = session.createStatement()) {
            sql.execute("CREATE TYPE mood AS ENUM ('sad', 'quite ok');"
                    + "CREATE TABLE things (id bigint PRIMARY KEY, name text, price numeric(12,2), made timestamptz,"
                    + " day date, tags text[], doc jsonb, flag boolean, ratio float8, uid uuid, mood mood);"
                    + "INSERT INTO things VALUES (9007199254740993, 'Zoë „quoted“', -12345.10,"
                    + " '2026-11-22 10:00:00.123457+02', '1999-12-31', '{a,NULL,\"b c\"}', '{\"k\": [1, null]}', true,"
                    + " 0.1, '6ecd8c99-4036-403d-bf84-cf8400f67836', 'quite ok'),"
                    + " (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
            Path log = folder.resolve("log");
            try (Program program = Program.start(
                    log,
                    "--postgres=" + servers.postgres().uri("postgres"),
                    "--broker=" + servers.kafka().bootstrapServers(),
                    "--schema-registry=" + servers.registry().url())) {
                until(program, () -> program.output().contains("stream: following"));
                sql.execute("INSERT INTO things (id, name, price) VALUES (3, '', 0.05), (4, 'gone', 1);"
                        + "UPDATE things SET ratio = 1e21, flag = false WHERE id = 2;"
                        + "DELETE FROM things WHERE id = 4; UPDATE things SET id = 5 WHERE id = 3");
                String end = single(sql, "SELECT pg_current_wal_lsn()");
                until(
                        program,
                        () -> single(sql, "SELECT confirmed_flush_lsn >= '" + end + "' FROM pg_replication_slots")
                                .equals("t"));
                assertThat(program.stop()).as(program.output()).isZero();
            }
            assertThat(folded(servers)).containsExactlyInAnyOrderElementsOf(printed(sql));
        }
    }

    private List<JsonNode> folded(Sandbox servers) throws Exception {
        Path script = folder.resolve("fold.py");
        try (InputStream source = Objects.requireNonNull(IndependentClientTest.class.getResourceAsStream("/fold.py"))) {
            Files.copy(source, script);
        }
        Process python = new ProcessBuilder(
                        PYTHON,
                        script.toString(),
                        servers.kafka().bootstrapServers(),
                        servers.registry().url(),
                        "things")
                .redirectErrorStream(true)
                .start();
        String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(python.waitFor()).as(output).isZero();
        List<JsonNode> rows = new ArrayList<>();
        for (String line : output.lines().toList()) {
            if (line.startsWith("{")) {
                rows.add(JSON.readTree(line).get("value"));
            }
        }
        return rows;
    }

    private static List<JsonNode> printed(Statement sql) throws SQLException, IOException {
        List<JsonNode> rows = new ArrayList<>();
        try (ResultSet row = sql.executeQuery(AS_PRINTED)) {
            while (row.next()) {
                rows.add(JSON.readTree(row.getString(1)));
            }
        }
        return rows;
    }

    private static String single(Statement sql, String query) throws SQLException {
        try (ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Something that a server may answer with yes. */
    private interface Question {
        boolean ask() throws SQLException;
    }

    private static void until(Program program, Question question) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!question.ask()) {
            if (System.nanoTime() > deadline || !program.isAlive()) {
                throw new AssertionError(program.output());
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static boolean hasClient() throws InterruptedException {
        try {
            return new ProcessBuilder(PYTHON, "-c", "import confluent_kafka.avro")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
