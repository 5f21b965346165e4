package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bottledwater.sandbox.Sandbox;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs of docs/consuming.md, word for word but for the addresses, read what was copied. */
@Timeout(120)
class ConsumingPageTest {
    private static final Path PAGE = Path.of("..", "docs", "consuming.md");
    private static final String PYTHON = "/usr/bin/python3";

    @TempDir
    static Path folder;

    private static Sandbox servers;

    @BeforeAll
    static void copy() throws Exception {
        servers = Sandbox.start();
        try (Connection session = DriverManager.getConnection(servers.postgres().jdbcUrl("postgres"), "postgres", "");
                Statement sql = session.createStatement()) {
            sql.execute("CREATE TABLE customers (id int PRIMARY KEY, name text, email text);"
                    + "CREATE TABLE orders (id int PRIMARY KEY, customer int);"
                    + "INSERT INTO customers VALUES (1, 'Ada', 'ada@example.org'), (2, 'Zoë', NULL)");
            try (Program avro = start("avro");
                    Program json = start(
                            "json",
                            "--output-format=json",
                            "--topic-prefix=json",
                            "--transactions-topic=json.transactions")) {
                until(avro, "stream: following");
                until(json, "stream: following");
                sql.execute("BEGIN; UPDATE customers SET email = 'a@example.org' WHERE id = 1;"
                        + "INSERT INTO orders VALUES (1, 1), (2, 1); COMMIT");
                sql.execute("DELETE FROM customers WHERE id = 2");
                confirmed(sql, avro);
                confirmed(sql, json);
                assertThat(avro.stop()).as(avro.output()).isZero();
                assertThat(json.stop()).as(json.output()).isZero();
            }
        }
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private static Program start(String slot, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "--postgres=" + servers.postgres().uri("postgres"),
                "--broker=" + servers.kafka().bootstrapServers(),
                "--schema-registry=" + servers.registry().url(),
                "--slot=" + slot));
        arguments.addAll(List.of(more));
        return Program.start(folder.resolve(slot + ".log"), arguments.toArray(String[]::new));
    }

    private static void until(Program program, String text) throws Exception {
        while (!program.output().contains(text)) {
            assertThat(program.isAlive()).as(program.output()).isTrue();
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static void confirmed(Statement sql, Program program) throws Exception {
        String end;
        try (var row = sql.executeQuery("SELECT pg_current_wal_lsn()")) {
            row.next();
            end = row.getString(1);
        }
        while (true) {
            assertThat(program.isAlive()).as(program.output()).isTrue();
            try (var row = sql.executeQuery(
                    "SELECT bool_and(confirmed_flush_lsn >= '" + end + "') FROM pg_replication_slots")) {
                row.next();
                if (row.getBoolean(1)) {
                    return;
                }
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** The page's program in that language, with these servers' addresses. */
    private static Path program(String language, String file) throws IOException {
        Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(Files.readString(PAGE));
        String mark = language.equals("java") ? "class " + file.replace(".java", "") : "";
        do {
            assertThat(block.find()).as("%s in %s", file, PAGE).isTrue();
        } while (!block.group(1).contains(mark));
        String text = block.group(1)
                .replace("localhost:9092", servers.kafka().bootstrapServers())
                .replace("http://localhost:8081", servers.registry().url());
        return Files.writeString(folder.resolve(file), text);
    }

    /** Runs it until it has read all four messages. */
    private static List<String> lines(String... command) throws Exception {
        return lines(".* rows", 4, command);
    }

    /** Runs it until it has printed so many lines of this form. */
    private static List<String> lines(String form, int count, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        List<String> all = new ArrayList<>();
        List<String> rows = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null) {
                all.add(line);
                if (line.matches(form)) {
                    rows.add(line);
                }
                if (rows.size() == count) {
                    return rows;
                }
                line = out.readLine();
            }
            throw new AssertionError("it ended: " + all);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void verify(List<String> rows) {
        assertThat(rows)
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).startsWith("snapshot ").contains("Ada", "ada@example.org"),
                        line -> assertThat(line).startsWith("snapshot ").contains("Zo"),
                        line -> assertThat(line).startsWith("update ").contains("'a@example.org'".replace("'", "")),
                        line -> assertThat(line).startsWith("delete "));
        assertThat(rows).filteredOn(line -> line.matches(".*\\b1 rows")).isNotEmpty();
    }

    @Test
    void shouldReadInJava() throws Exception {
        Path source = program("java", "Reader.java");
        Files.writeString(source, Files.readString(source).replace("\"customers\"", "\"json.customers\""));

        verify(lines(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString()));
    }

    @Test
    void shouldRebuildCommitsInJava() throws Exception {
        Path source = program("java", "Commits.java");
        Files.writeString(
                source, Files.readString(source).replaceAll("\"(customers|orders|transactions)\"", "\"json.$1\""));

        List<String> lines = lines(
                "(commit|  json\\.).*",
                6,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
        assertThat(lines.get(0)).matches("commit \\d+ \"20.*Z\"");
        assertThat(lines.subList(1, 4))
                .containsExactlyInAnyOrder(
                        "  json.customers {\"id\":1} {\"id\":1,\"name\":\"Ada\",\"email\":\"a@example.org\"}",
                        "  json.orders {\"id\":1} {\"id\":1,\"customer\":1}",
                        "  json.orders {\"id\":2} {\"id\":2,\"customer\":1}");
        assertThat(lines.get(4)).matches("commit \\d+ \"20.*Z\"");
        assertThat(lines.get(5)).isEqualTo("  json.customers {\"id\":2} null");
    }

    @Test
    void shouldReadInPython() throws Exception {
        assumeThat(succeeds(PYTHON, "-c", "import confluent_kafka.avro"))
                .as("skipped: the packages python3-confluent-kafka and python3-avro are not installed")
                .isTrue();

        verify(lines(PYTHON, program("python", "reader.py").toString()));
    }

    @Test
    void shouldReadInJavaScript() throws Exception {
        assumeThat(succeeds(
                        "node",
                        "-e",
                        "['kafkajs', '@kafkajs/confluent-schema-registry', '@2l/kafkajs-lz4'].forEach(require)"))
                .as("skipped: node, or its packages that the page names, are not found (NODE_PATH says where)")
                .isTrue();

        verify(lines("node", program("javascript", "reader.js").toString()));
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
