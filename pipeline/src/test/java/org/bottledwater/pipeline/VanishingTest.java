package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables and schemas that are dropped between any two steps of the program. */
final class VanishingTest {
    /** Whether its rows come while the program runs or when it starts again, a partition is no table of its own. */
    @ParameterizedTest
    @CsvSource({"18, PGOUTPUT, true", "18, PGOUTPUT, false", "18, TEST_DECODING, false", "12, PGOUTPUT, false"})
    void shouldNotTakeAPartitionThatIsGoneForATable(String major, PluginChoice plugin, boolean runs) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.json(bed.topic("log"));
                TopicReader known = TopicReader.json(bed.topic("log_1"));
                TopicReader unknown = TopicReader.json(bed.topic("log_3"))) {
            bed.sql(
                    "CREATE TABLE log (id int, day int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
                    "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (1) TO (2)",
                    "CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (2) TO (3)",
                    "INSERT INTO log VALUES (1, 1), (2, 2)");
            Settings first = new SettingsBuilder(bed.settings()).plugin(plugin).build();
            Settings settings =
                    new SettingsBuilder(first).topics(Map.of(), false).build();
            Running running = Running.of(first).awaitStreaming();
            topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM log t"), "id", "day");
            running.close();
            if (runs) {
                running = Running.of(settings).awaitStreaming();
            }
            bed.sql(
                    "INSERT INTO log VALUES (3, 1), (4, 2)",
                    "UPDATE log SET id = 5 WHERE id = 1",
                    "DROP TABLE log_1",
                    "BEGIN; CREATE TABLE log_3 PARTITION OF log FOR VALUES FROM (3) TO (4);"
                            + " INSERT INTO log VALUES (6, 3); DROP TABLE log_3; COMMIT",
                    "CREATE TABLE log_3 PARTITION OF log FOR VALUES FROM (3) TO (4)",
                    "INSERT INTO log VALUES (7, 3)",
                    "DELETE FROM log WHERE id = 7",
                    "INSERT INTO log VALUES (8, 3)",
                    "TRUNCATE log_3",
                    "DROP TABLE log_3",
                    "INSERT INTO log VALUES (9, 2)");
            if (!runs) {
                running = Running.of(settings);
            }
            try {
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM log t"), "id", "day");
                bed.sql("INSERT INTO log VALUES (10, 2)");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM log t"), "id", "day");
                assertThat(running.failureSoFar()).isEmpty();
            } finally {
                running.close();
            }
            assertThat(known.messages()).isEmpty();
            assertThat(unknown.messages()).isEmpty();
        }
    }

    /** test_decoding prints the old key of an index, though nobody knows any more which columns it had. */
    @ParameterizedTest
    @CsvSource({
        "18, TEST_DECODING, false, false",
        "18, TEST_DECODING, true, false",
        "18, TEST_DECODING, false, true",
        "18, TEST_DECODING, true, true",
        "9.5, AUTO, false, false",
        "18, PGOUTPUT, false, false"
    })
    void shouldGoOnBehindATableWithAnIdentityIndexThatIsGone(
            String major, PluginChoice plugin, boolean runs, boolean allowUnkeyed) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader other = TopicReader.json(bed.topic("other"))) {
            bed.sql("CREATE TABLE other (id int PRIMARY KEY)");
            for (String table : List.of("listed", "unlisted")) {
                bed.sql(
                        "CREATE TABLE " + table + " (note text, a int NOT NULL, b int NOT NULL, UNIQUE (b, a))",
                        "ALTER TABLE " + table + " REPLICA IDENTITY USING INDEX " + table + "_b_a_key");
            }
            SettingsBuilder builder = new SettingsBuilder(bed.settings()).plugin(plugin);
            Settings settings = (allowUnkeyed ? builder.allowUnkeyed() : builder).build();
            Running running = Running.of(settings).awaitStreaming();
            if (!runs) {
                running.close();
            }
            for (String table : List.of("listed", "unlisted")) {
                bed.sql("BEGIN; INSERT INTO " + table + " VALUES ('x', 1, 1), ('y', 2, 2);"
                        + " UPDATE " + table + " SET note = 'z';"
                        + " UPDATE " + table + " SET a = 3 WHERE a = 1;"
                        + " DELETE FROM " + table + " WHERE a = 3;"
                        + " DROP TABLE " + table + "; COMMIT");
                if (table.equals("listed")) {
                    bed.sql(
                            "CREATE TABLE listed (note text, a int NOT NULL, b int NOT NULL, UNIQUE (b, a))",
                            "ALTER TABLE listed REPLICA IDENTITY USING INDEX listed_b_a_key");
                }
            }
            bed.sql("INSERT INTO other VALUES (1)");
            if (!runs) {
                running = Running.of(settings).awaitStreaming();
            }
            try {
                other.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM other t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            } finally {
                running.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"18, PGOUTPUT", "18, TEST_DECODING", "12, PGOUTPUT"})
    void shouldPassOverTablesThatAreDroppedBeforeTheyAreCopied(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader stays = TopicReader.json(bed.topic("stays"))) {
            bed.sql(
                    "CREATE TABLE big (id int PRIMARY KEY)",
                    "INSERT INTO big SELECT i FROM generate_series(1, 300000) i",
                    "ANALYZE big",
                    "CREATE SCHEMA gone",
                    "CREATE TABLE gone.t (id int PRIMARY KEY)",
                    "INSERT INTO gone.t VALUES (1)",
                    "CREATE TABLE dropped (id int PRIMARY KEY)",
                    "INSERT INTO dropped VALUES (1)",
                    "CREATE TABLE stays (id int PRIMARY KEY)",
                    "INSERT INTO stays VALUES (1)");
            try (Running running = Running.of(new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .snapshotWorkers(1)
                    .build())) {
                Waiting.until(
                        "the copy is at the largest table, the first",
                        () -> !bed.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND"
                                        + " query LIKE 'COPY (SELECT%big%' AND pid <> pg_backend_pid()")
                                .isEmpty());
                bed.sql("DROP SCHEMA gone CASCADE", "DROP TABLE dropped");
                running.awaitStreaming();
                bed.sql("INSERT INTO stays VALUES (2)");
                stays.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM stays t"), "id");
                assertThat(running.snapshots).as("copies").hasValue(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }
}
