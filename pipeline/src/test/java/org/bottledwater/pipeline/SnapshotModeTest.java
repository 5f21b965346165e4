package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;

/** {@code --snapshot}: what becomes of the rows that are there when a run begins. */
final class SnapshotModeTest {
    private static final String TABLE = "SELECT row_to_json(t) FROM t";
    private static final int ROWS = 50_000;

    @Test
    void shouldCopyWithEachStartAndClearWhatVanishedMeanwhile() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, item text)",
                    "INSERT INTO t SELECT i, 'first' FROM generate_series(1, 100) i");
            Settings always = new SettingsBuilder(bed.settings())
                    .snapshot(SnapshotMode.ALWAYS)
                    .build();
            try (Running running = Running.of(always).awaitStreaming()) {
                bed.sql("INSERT INTO t VALUES (101, 'by the stream')");
                topic.await(101);
                assertThat(running.rowsCopied).hasValue(100);
            }
            bed.sql("DELETE FROM t WHERE id <= 10", "UPDATE t SET item = 'second' WHERE id <= 20");
            try (Running running = Running.of(always).awaitStreaming()) {
                assertThat(running.rowsCopied).hasValue(91);
                bed.sql("INSERT INTO t VALUES (102, 'by the stream')");
                topic.awaitRows(() -> bed.query(TABLE), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages())
                    .as("what the copy shows comes by it alone")
                    .noneMatch(message -> message.operation().equals("update")
                            || message.operation().equals("delete"));
            assertThat(topic.messages().stream()
                            .filter(message -> message.value().isNull()))
                    .hasSize(10)
                    .allMatch(message -> message.operation().equals("snapshot"));
        }
    }

    /** A reconnect is no start, and a copy that was cut short is finished, not begun anew. */
    @Test
    void shouldFinishACopyThatWasCutShortInsteadOfBeginningAnew() throws Exception {
        try (TestBed bed = TestBed.on("18");
                IdReader topic = new IdReader(bed.topic("t"))) {
            Settings always = cutShort(bed, SnapshotMode.ALWAYS, topic);
            try (Running running = Running.of(always).awaitStreaming()) {
                assertThat(running.rowsCopied.get()).isBetween(1L, ROWS - 1L);
                bed.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '"
                        + bed.name + "'");
                bed.sql("INSERT INTO t VALUES (200000, 'the last')");
                Waiting.until("the stream is back", () -> topic.read().ids.get(200_000));
                assertThat(running.snapshots).hasValue(1);
            }
            assertThat(topic.doubled.cardinality()).isZero();
        }
    }

    /** Stops a run while it waits for a lock on the last of its tables. */
    private static Settings cutShort(TestBed bed, SnapshotMode mode, IdReader topic) throws Exception {
        bed.sql(
                "CREATE TABLE t (id int PRIMARY KEY, item text) WITH (fillfactor = 10)",
                "INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, " + ROWS + ") i",
                "CREATE TABLE held (id int PRIMARY KEY)",
                "INSERT INTO held VALUES (1)",
                "ANALYZE");
        Settings settings = new SettingsBuilder(bed.settings())
                .snapshot(mode)
                .snapshotWorkers(1)
                .build();
        try (Connection application = bed.connect();
                Statement statement = application.createStatement()) {
            application.setAutoCommit(false);
            Running first = Running.of(settings);
            Waiting.until("the copy begins", () -> first.snapshots.get() > 0);
            statement.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE");
            Waiting.until("some of it is in Kafka", () -> topic.end() > 0);
            first.close();
            assertThat(first.streamingHasBegun()).as("stopped within the copy").isFalse();
        }
        return settings;
    }

    @Test
    void shouldCopyOnlyAndLeaveNothingOnTheServer() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
            Settings only = new SettingsBuilder(bed.settings())
                    .snapshot(SnapshotMode.ONLY)
                    .build();
            try (Running running = Running.of(only)) {
                running.awaitEnd();
                assertThat(running.rowsCopied).hasValue(2);
            }
            assertNothingIsLeft(bed);
            bed.sql("DELETE FROM t WHERE id = 1", "INSERT INTO t VALUES (3, 'c')");
            try (Running running = Running.of(only)) {
                running.awaitEnd();
                assertThat(running.rowsCopied).hasValue(2);
            }
            assertNothingIsLeft(bed);
            topic.awaitRows(() -> bed.query(TABLE), "id");
        }
    }

    /** What is read after a crash is of a later state: the changes in between are sent before the end. */
    @Test
    void shouldBringOneStateThoughTheOnlyCopyWasCutShort() throws Exception {
        try (TestBed bed = TestBed.on("18");
                IdReader topic = new IdReader(bed.topic("t"))) {
            Settings only = cutShort(bed, SnapshotMode.ONLY, topic);
            bed.sql(
                    "DELETE FROM t WHERE id % 100 = 3",
                    "INSERT INTO t SELECT i, repeat('n', 100) FROM generate_series(1000001, 1001000) i");
            try (Running running = Running.of(only)) {
                running.awaitEnd();
                assertThat(running.rowsCopied.get()).as("cut short").isBetween(1L, ROWS - 1L);
            }
            assertNothingIsLeft(bed);
            assertThat(topic.read().ids.cardinality()).isEqualTo(ROWS - ROWS / 100 + 1000);
            assertThat(topic.ids.get(1_000_001)).isTrue();
            assertThat(topic.doubled.cardinality()).isZero();
        }
    }

    @Test
    void shouldRefuseToDropTheSlotOfARunThatFollows() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Running.of(bed.settings()).awaitStreaming().close();
            Running only = Running.of(new SettingsBuilder(bed.settings())
                    .snapshot(SnapshotMode.ONLY)
                    .build());
            assertThat(only.failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("--snapshot=only would drop it");
            assertThat(bed.query("SELECT slot_name FROM pg_replication_slots WHERE database = '" + bed.name + "'"))
                    .containsExactly(bed.name);
        }
    }

    private static void assertNothingIsLeft(TestBed bed) throws Exception {
        assertThat(bed.query("SELECT slot_name FROM pg_replication_slots WHERE database = '" + bed.name + "'"))
                .isEmpty();
        assertThat(bed.query("SELECT pubname FROM pg_publication")).isEmpty();
    }
}
