package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables that come, go, change their key or their name: in the end the topics equal the tables. */
final class TableChangeTest {
    private static final String SERVERS = """
            18,  PGOUTPUT,      true
            18,  PGOUTPUT,      false
            18,  TEST_DECODING, true
            18,  TEST_DECODING, false
            9.5, TEST_DECODING, true
            9.5, TEST_DECODING, false
            """;

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldFollowATableIntoAnotherSchema(String major, PluginChoice plugin, boolean runs) throws Exception {
        check(
                major,
                plugin,
                runs,
                "away.t",
                "CREATE SCHEMA away",
                "INSERT INTO t VALUES (1, 'a')",
                "ALTER TABLE t SET SCHEMA away",
                "INSERT INTO away.t VALUES (2, 'b')",
                "UPDATE away.t SET item = 'c' WHERE id = 1");
    }

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldFollowATableThatIsMadeAnewWithOtherColumns(String major, PluginChoice plugin, boolean runs)
            throws Exception {
        check(
                major,
                plugin,
                runs,
                "t",
                "INSERT INTO t VALUES (1, 'a')",
                "DROP TABLE t",
                "CREATE TABLE t (id int PRIMARY KEY, amount int, more text)",
                "INSERT INTO t VALUES (1, 5, 'b'), (2, 6, 'c')",
                "UPDATE t SET amount = 7 WHERE id = 2");
    }

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldJoinATableThatIsMadeFilledAndAlteredInOneTransaction(String major, PluginChoice plugin, boolean runs)
            throws Exception {
        check(
                major,
                plugin,
                runs,
                "u",
                "BEGIN; CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1), (2);"
                        + " ALTER TABLE u ADD COLUMN item text; INSERT INTO u VALUES (3, 'c');"
                        + " UPDATE u SET item = 'a' WHERE id = 1; COMMIT",
                // test_decoding sends each row as it was written: the second one, before the column was added.
                "UPDATE u SET item = 'b' WHERE id = 2",
                "INSERT INTO u VALUES (4, 'd')");
    }

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldJoinManyTablesAtOnce(String major, PluginChoice plugin, boolean runs) throws Exception {
        List<String> changes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            changes.add("CREATE TABLE m" + i + " (id int PRIMARY KEY, item text)");
            changes.add("INSERT INTO m" + i + " VALUES (1, 'a'), (2, 'b')");
            changes.add("UPDATE m" + i + " SET item = 'c' WHERE id = 2");
        }
        check(major, plugin, runs, "m19", changes.toArray(String[]::new));
    }

    /** What is decoded after the commit has, by then, another name or none: test_decoding tells names only. */
    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldDeliverTheRowsOfATableThatIsMovedInTheSameTransaction(String major, PluginChoice plugin, boolean runs)
            throws Exception {
        check(
                major,
                plugin,
                runs,
                "away.t",
                "CREATE SCHEMA away",
                "BEGIN; INSERT INTO t VALUES (1, 'a'); ALTER TABLE t SET SCHEMA away;"
                        + " INSERT INTO away.t VALUES (2, 'b'); DELETE FROM away.t WHERE id = 1; COMMIT");
    }

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldGoOnBehindTablesThatAreDroppedWithTheirRows(String major, PluginChoice plugin, boolean runs)
            throws Exception {
        check(
                major,
                plugin,
                runs,
                "after",
                "CREATE TABLE after (id int PRIMARY KEY)",
                "BEGIN; INSERT INTO t VALUES (1, 'a'); UPDATE t SET id = 2; DELETE FROM t WHERE id = 2; DROP TABLE t; COMMIT",
                "BEGIN; CREATE TABLE brief (id int PRIMARY KEY); INSERT INTO brief VALUES (1); DELETE FROM brief;"
                        + " DROP TABLE brief; COMMIT",
                "INSERT INTO after VALUES (1)");
    }

    private static void check(String major, PluginChoice plugin, boolean runs, String table, String... changes)
            throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.avro(bed.topic(table))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(OutputFormat.AVRO)
                    .onRename(OnRename.COPY)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                if (runs) {
                    bed.sql(changes);
                    topic.awaitRows(() -> bed.query("SELECT row_to_json(r) FROM " + table + " r"), "id");
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
            if (!runs) {
                bed.sql(changes);
                try (Running running = Running.of(settings).awaitStreaming()) {
                    topic.awaitRows(() -> bed.query("SELECT row_to_json(r) FROM " + table + " r"), "id");
                    assertThat(running.failureSoFar()).isEmpty();
                }
            }
        }
    }
}
