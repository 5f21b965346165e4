package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With a deferrable primary key, rows take the keys of other rows before these leave them. */
final class SwappedKeysTest {
    private static final String[] STATEMENTS = {
        "UPDATE s SET id = id + 1",
        "UPDATE s SET id = id - 1",
        "UPDATE s SET id = 7 - id",
        "UPDATE s SET id = %d WHERE id = %d",
        "UPDATE s SET id = %d, v = 'x' WHERE id = %d",
        "UPDATE s SET id = %d, v = v || 'y' WHERE ctid = (SELECT max(ctid) FROM s WHERE id = %d)",
        "UPDATE s SET v = 'u' WHERE id = %2$d",
        "UPDATE s SET v = 'w' WHERE ctid = (SELECT min(ctid) FROM s WHERE id = %2$d)",
        "DELETE FROM s WHERE id = %2$d",
        "DELETE FROM s WHERE ctid = (SELECT max(ctid) FROM s WHERE id = %2$d)",
        "INSERT INTO s VALUES (%2$d, 'x')",
        "INSERT INTO s VALUES (%2$d, 'n')",
        "SAVEPOINT p; UPDATE s SET id = %d WHERE id = %d; ROLLBACK TO p",
        "SAVEPOINT p; UPDATE s SET id = %d WHERE id = %d; RELEASE p",
        "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE s ADD c%d%2$d int;"
                + " SET CONSTRAINTS ALL DEFERRED; UPDATE s SET v = v",
        "TRUNCATE s"
    };

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT,JSON", "15,TEST_DECODING,AVRO", "9.5,AUTO,JSON"})
    void shouldKeepTheRowThatTookTheKey(String major, PluginChoice plugin, OutputFormat format) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        System.out.println("swapped keys on " + major + ": seed=" + seed);
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = format == OutputFormat.AVRO
                        ? TopicReader.avro(bed.topic("s"))
                        : TopicReader.json(bed.topic("s"))) {
            bed.sql(
                    "CREATE TABLE s (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text)",
                    "ALTER TABLE s REPLICA IDENTITY FULL",
                    "CREATE TABLE wide (a int, b text, v text, PRIMARY KEY (a, b) DEFERRABLE)",
                    "ALTER TABLE wide REPLICA IDENTITY FULL",
                    "INSERT INTO s SELECT g, 'v' || g FROM generate_series(1, 5) g",
                    "INSERT INTO wide SELECT g, 'b', g FROM generate_series(1, 20000) g ORDER BY hashint4(g)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(format)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                List<String> done = new ArrayList<>();
                for (String[] fixed : FIXED) {
                    String all = String.join("; ", fixed);
                    done.add(all);
                    bed.sql("BEGIN; " + all + "; COMMIT");
                    awaitTable(bed, topic, done);
                }
                for (int i = 0; i < 60; i++) {
                    done.add(run(bed, random, !major.equals("9.5")));
                    awaitTable(bed, topic, done);
                }
                bed.sql("UPDATE wide SET a = a + 1", "UPDATE wide SET a = a - 1, v = v || 'x'");
                assertThat(running.failureSoFar()).isEmpty();
            }
            for (int i = 0; i < 10; i++) {
                run(bed, random, !major.equals("9.5"));
            }
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader wide = format == OutputFormat.AVRO
                            ? TopicReader.avro(bed.topic("wide"))
                            : TopicReader.json(bed.topic("wide"))) {
                awaitTable(bed, topic, List.of("while the program was down, seed=" + seed));
                wide.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM wide t"), "a", "b");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** From keys 1 to 5 and back to them. */
    private static final String[][] FIXED = {
        {"UPDATE s SET id = id + 1"},
        {"UPDATE s SET id = id - 1"},
        {"UPDATE s SET id = 9 WHERE id = 1", "UPDATE s SET id = 1 WHERE id = 2", "UPDATE s SET id = 2 WHERE id = 9"},
        {"UPDATE s SET id = 3 - id WHERE id < 3"},
        {"DELETE FROM s WHERE id = 3", "UPDATE s SET id = id - 1 WHERE id > 3", "INSERT INTO s VALUES (5, 'v5')"},
        // There and back, while another row is at the key all the time.
        {
            "UPDATE s SET id = 2 WHERE id = 1",
            "UPDATE s SET id = 1 WHERE id = 2 AND v = (SELECT min(v) FROM s WHERE id = 2)"
        },
        {"INSERT INTO s VALUES (1, 'new')", "DELETE FROM s WHERE id = 1 AND v = 'new'"},
        {"INSERT INTO s VALUES (1, 'new')", "DELETE FROM s WHERE id = 1 AND v <> 'new'"},
        // Equal in all columns.
        {"INSERT INTO s VALUES (1, 'new')", "DELETE FROM s WHERE ctid = (SELECT max(ctid) FROM s WHERE id = 1)"},
        {"INSERT INTO s VALUES (1, 'new')", "DELETE FROM s WHERE ctid = (SELECT min(ctid) FROM s WHERE id = 1)"},
        // The row that was there is changed while two are.
        {
            "INSERT INTO s VALUES (1, 'other')",
            "UPDATE s SET v = 'changed' WHERE id = 1 AND v = 'new'",
            "DELETE FROM s WHERE v = 'changed'"
        },
        {"INSERT INTO s VALUES (2, 'a')", "INSERT INTO s VALUES (2, 'b')", "DELETE FROM s WHERE id = 2 AND v <> 'a'"},
        {
            "UPDATE s SET id = 6 WHERE id = 2",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "ALTER TABLE s ADD c int DEFAULT 4",
            "SET CONSTRAINTS ALL DEFERRED",
            "DELETE FROM s WHERE id = 6",
            "UPDATE s SET v = v"
        }
    };

    /** One transaction that the primary key allows. */
    private static String run(TestBed bed, Random random, boolean truncates) throws SQLException {
        while (true) {
            List<String> statements = new ArrayList<>();
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                String one = STATEMENTS[random.nextInt(STATEMENTS.length - (random.nextInt(8) == 0 ? 0 : 2))];
                statements.add(String.format(one, 1 + random.nextInt(6), 1 + random.nextInt(6)));
            }
            // It is not in the WAL before PostgreSQL 11.
            String all = String.join("; ", statements).replace("TRUNCATE", truncates ? "TRUNCATE" : "DELETE FROM");
            try {
                // A row that was sent before a column was added lacks it.
                String again = all.contains("ALTER") ? "UPDATE s SET v = v; " : "";
                bed.sql("BEGIN; " + all + "; " + again
                        + "INSERT INTO s SELECT 1, 'first' WHERE NOT EXISTS (SELECT FROM s); COMMIT");
                return all;
            } catch (SQLException e) {
                bed.sql("ROLLBACK");
            }
        }
    }

    private static void awaitTable(TestBed bed, TopicReader topic, List<String> done) {
        try {
            topic.awaitRows(() -> bed.query("SELECT row_to_json(s) FROM s"), "id");
        } catch (AssertionError e) {
            throw new AssertionError("after " + done.get(done.size() - 1), e);
        }
    }

    @Test
    void shouldDoSoAcrossPartitions() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("p"))) {
            bed.sql(
                    "CREATE TABLE p (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                    "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (100)",
                    "ALTER TABLE p REPLICA IDENTITY FULL",
                    "ALTER TABLE p1 REPLICA IDENTITY FULL",
                    "ALTER TABLE p2 REPLICA IDENTITY FULL",
                    "INSERT INTO p SELECT g, g FROM generate_series(1, 20) g");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                topic.await(20);
                for (String update : List.of("id + 1", "id - 1", "21 - id")) {
                    bed.sql("UPDATE p SET v = v || 'x', id = " + update);
                    topic.awaitRows(() -> bed.query("SELECT row_to_json(p) FROM p"), "id");
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** The envelope of a delete says that nothing is at the key any more, so that it goes with the null value. */
    @Test
    void shouldSendNoDeleteBehindTheRowThatTookTheKey() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("s"))) {
            bed.sql(
                    "CREATE TABLE s (id int PRIMARY KEY DEFERRABLE, v text)",
                    "ALTER TABLE s REPLICA IDENTITY FULL",
                    "INSERT INTO s VALUES (1, 'a'), (2, 'b')");
            Settings settings =
                    new SettingsBuilder(bed.settings()).value(ValueForm.CHANGE).build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(2);
                bed.sql("UPDATE s SET id = id + 1");
                assertThat(topic.await(6).subList(2, 6).stream()
                                .map(message -> message.key().get("id") + " "
                                        + (message.value().isNull()
                                                ? "null"
                                                : message.value().get("op").textValue() + " "
                                                        + message.value().get("after"))))
                        .containsExactly(
                                "1 d null", "1 null", "2 c {\"id\":2,\"v\":\"a\"}", "3 c {\"id\":3,\"v\":\"b\"}");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }
}
