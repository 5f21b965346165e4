package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A partitioned table is one topic, whatever becomes of its partitions. */
final class PartitionTest {
    private static final Logger log = LoggerFactory.getLogger(PartitionTest.class);
    private static final String ROWS = "SELECT row_to_json(t) FROM measure t";
    private static final String[] TABLES = {
        "CREATE TABLE measure (id int, day int, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
        "CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM (0) TO (10)",
        // The columns of this one stand in another order, with a dropped one between.
        "CREATE TABLE measure_2 (note text, gone int, day int NOT NULL, id int NOT NULL, PRIMARY KEY (id, day))",
        "ALTER TABLE measure_2 DROP COLUMN gone",
        "ALTER TABLE measure ATTACH PARTITION measure_2 FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE measure_3 PARTITION OF measure FOR VALUES FROM (20) TO (40) PARTITION BY RANGE (day)",
        "CREATE TABLE measure_3a PARTITION OF measure_3 FOR VALUES FROM (20) TO (40)",
        "INSERT INTO measure VALUES (1, 1, 'a'), (2, 12, 'b'), (3, 25, 'c')"
    };

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT,AVRO", "18,TEST_DECODING,JSON", "12,PGOUTPUT,AVRO", "15,AUTO,JSON"})
    void shouldSendAllPartitionsToTheTopicOfTheRoot(String major, PluginChoice plugin, OutputFormat format)
            throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = format == OutputFormat.AVRO
                        ? TopicReader.avro(bed.topic("measure"))
                        : TopicReader.json(bed.topic("measure"))) {
            bed.sql(TABLES);
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(format)
                    .tables("measure")
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO measure VALUES (4, 4, 'd'), (5, 15, 'e'), (6, 30, 'f')",
                        "UPDATE measure SET note = 'new' WHERE id IN (2, 4)",
                        // To another partition: gone at one key, there at another.
                        "UPDATE measure SET day = 16 WHERE id = 1",
                        "DELETE FROM measure WHERE id = 3");
                topic.awaitRows(() -> bed.query(ROWS), "id", "day");
                bed.sql("CREATE TABLE measure_4 PARTITION OF measure FOR VALUES FROM (40) TO (50)");
                bed.sql("INSERT INTO measure VALUES (7, 44, 'g')");
                topic.awaitRows(() -> bed.query(ROWS), "id", "day");
                bed.sql("TRUNCATE measure_1");
                topic.awaitRows(() -> bed.query(ROWS), "id", "day");
                bed.sql("BEGIN; TRUNCATE measure; INSERT INTO measure VALUES (1, 1, 'again'); COMMIT");
                topic.awaitRows(() -> bed.query(ROWS), "id", "day");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.fold()).hasSize(1);
            assertThat(topic.messages())
                    .allSatisfy(message -> assertThat(message.headers())
                            .satisfiesAnyOf(
                                    headers -> assertThat(headers).containsKey("pg.partition"),
                                    headers -> assertThat(headers).containsEntry("pg.op", "truncate")));
            try (TopicReader leaf = TopicReader.json(bed.topic("measure_1"))) {
                assertThat(leaf.messages()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"18,true", "18,false", "15,true"})
    void shouldFollowAttachDetachAndDrop(String major, boolean whileRunning) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.json(bed.topic("measure"));
                TopicReader alone = TopicReader.json(bed.topic("measure_1"))) {
            bed.sql(TABLES);
            bed.sql(
                    "CREATE TABLE old (id int, day int, note text, PRIMARY KEY (id, day))",
                    "INSERT INTO old VALUES (100, 60, 'x')");
            String[] changes = {
                "INSERT INTO measure VALUES (8, 8, 'before'), (9, 18, 'before'), (10, 28, 'before')",
                "ALTER TABLE measure DETACH PARTITION measure_1",
                "INSERT INTO measure_1 VALUES (11, 9, 'after')",
                "ALTER TABLE measure ATTACH PARTITION old FOR VALUES FROM (60) TO (70)",
                "INSERT INTO measure VALUES (101, 61, 'y')",
                "DROP TABLE measure_2"
            };
            Running running = Running.of(bed.settings()).awaitStreaming();
            if (whileRunning) {
                bed.sql(changes);
            } else {
                running.close();
                bed.sql(changes);
                running = Running.of(bed.settings());
            }
            try {
                topic.awaitRows(() -> bed.query(ROWS), "id", "day");
                alone.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM measure_1 t"), "id", "day");
                bed.sql("INSERT INTO measure VALUES (102, 62, 'z')", "INSERT INTO measure_1 VALUES (12, 9, 'end')");
                topic.awaitRows(() -> bed.query(ROWS), "id", "day");
                alone.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM measure_1 t"), "id", "day");
                assertThat(running.failureSoFar()).isEmpty();
            } finally {
                running.close();
            }
        }
    }

    @Test
    void shouldSendEachPartitionToItsOwnTopicWhenTold() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader one = TopicReader.json(bed.topic("measure_1"));
                TopicReader nested = TopicReader.json(bed.topic("measure_3a"))) {
            bed.sql(TABLES);
            Settings settings = new SettingsBuilder(bed.settings())
                    .partitioned(PartitionedTables.LEAF)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO measure VALUES (4, 4, 'd')");
                one.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM measure_1 t"), "id", "day");
                nested.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM measure_3a t"), "id", "day");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(one.fold()).hasSize(2);
            assertThat(List.copyOf(one.messages()))
                    .allSatisfy(message -> assertThat(message.headers()).doesNotContainKey("pg.partition"));
        }
    }

    /** Each tells which keys are its own, though the topic is read once only. */
    @ParameterizedTest
    @CsvSource({"PGOUTPUT,EXACTLY_ONCE", "TEST_DECODING,AT_LEAST_ONCE"})
    void shouldFollowTruncatesOfManyPartitions(PluginChoice plugin, Delivery delivery) throws Exception {
        int count = Integer.getInteger("truncates.partitions", 40);
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("measure"))) {
            bed.sql(TABLES[0]);
            for (int i = 0; i < count; i++) {
                bed.sql("CREATE TABLE measure_" + i + " PARTITION OF measure FOR VALUES FROM (" + i + ") TO (" + (i + 1)
                        + ")");
            }
            bed.sql("INSERT INTO measure SELECT i, i % " + count + ", 'a' FROM generate_series(1, "
                    + Integer.getInteger("truncates.rows", 4000) + ") i");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .delivery(delivery)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.awaitRows(() -> bed.query(ROWS), "id", "day");
                long begun = System.nanoTime();
                for (int i = 0; i < count; i += 2) {
                    bed.sql(
                            "TRUNCATE measure_" + i,
                            "INSERT INTO measure VALUES (" + i + ", " + i + ", 'again')",
                            // From one partition to the other, and once more empty.
                            "UPDATE measure SET day = " + i + " WHERE id % 7 = 0 AND day = " + (i + 1),
                            "BEGIN; TRUNCATE measure_" + i + "; INSERT INTO measure VALUES (-1, " + i
                                    + ", 'b'); COMMIT");
                }
                bed.sql("TRUNCATE measure_1, measure_3");
                topic.awaitRows(() -> bed.query(ROWS), "id", "day");
                log.info("{} truncates took {} ms", count, (System.nanoTime() - begun) / 1_000_000);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** Their keys could be the same: without a key of the whole there is nothing to tell the rows apart by. */
    @Test
    void shouldKeepPartitionsApartWhoseRootHasNoKey() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader one = TopicReader.json(bed.topic("one"));
                TopicReader two = TopicReader.json(bed.topic("two"))) {
            bed.sql(
                    "CREATE TABLE whole (id int, day int) PARTITION BY LIST (day)",
                    "CREATE TABLE one PARTITION OF whole FOR VALUES IN (1)",
                    "CREATE TABLE two PARTITION OF whole FOR VALUES IN (2)",
                    "ALTER TABLE one ADD PRIMARY KEY (id)",
                    "ALTER TABLE two ADD PRIMARY KEY (id)",
                    "INSERT INTO whole VALUES (1, 1), (1, 2)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                one.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM one t"), "id");
                two.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM two t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }
}
