package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bottledwater.pipeline.TopicReader.Message;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts that find something: slots, tables, half-finished copies, outages. */
final class ResumeTest {
    @ParameterizedTest
    @ValueSource(strings = {"test_decoding", "pgoutput"})
    void shouldGoOnWithoutSnapshotAtASlotThatSomebodyElseMade(String plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, item text)",
                    "INSERT INTO t VALUES (1, 'before the slot')",
                    "CREATE PUBLICATION own FOR TABLE t",
                    "SELECT pg_create_logical_replication_slot('" + bed.name + "', '" + plugin + "')",
                    "INSERT INTO t VALUES (2, 'after the slot')");
            SettingsBuilder settings = new SettingsBuilder(bed.settings());
            if (plugin.equals("pgoutput")) {
                settings.publication("own");
            }
            try (Running running = Running.of(settings.build()).awaitStreaming()) {
                bed.sql("INSERT INTO t VALUES (3, 'live')");
                topic.await(2);
                assertThat(running.snapshots).hasValue(0);
            }
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .containsExactly("insert {\"id\":2} 'after the slot'", "insert {\"id\":3} 'live'");
        }
    }

    @Test
    void shouldSendOnlyChangesFromNowOnWhenTheSnapshotIsSkipped() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)", "INSERT INTO t VALUES (1, 'old')");
            Settings settings =
                    new SettingsBuilder(bed.settings()).skipSnapshot().build();
            for (int i = 2; i < 4; i++) {
                try (Running running = Running.of(settings).awaitStreaming()) {
                    bed.sql("INSERT INTO t VALUES (" + i + ", 'new')");
                    topic.await(i - 1);
                    assertThat(running.snapshots).hasValue(0);
                }
            }
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .containsExactly("insert {\"id\":2} 'new'", "insert {\"id\":3} 'new'");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"PGOUTPUT", "TEST_DECODING"})
    void shouldTakeInATableThatIsMadeWhileItRuns(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("later"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "CREATE TABLE later (id int PRIMARY KEY, item text)",
                        "INSERT INTO later VALUES (1, 'a'), (2, 'b')",
                        "UPDATE later SET item = 'c' WHERE id = 1");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM later t"), "id");
                bed.sql(
                        "UPDATE later SET item = 'd' WHERE id = 1",
                        "DELETE FROM later WHERE id = 2",
                        "INSERT INTO later VALUES (3, 'e')");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM later t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            // What the copy of the new table showed is not sent again by the stream; test_decoding needs no copy.
            assertThat(topic.messages().stream().map(Message::operation))
                    .containsExactlyElementsOf(
                            plugin == PluginChoice.PGOUTPUT
                                    ? List.of("snapshot", "snapshot", "update", "delete", "insert")
                                    : List.of("insert", "insert", "update", "update", "delete", "insert"));
        }
    }

    @Test
    void shouldTakeInATableThatWasMadeAndChangedWhileItWasDown() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("later"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(running.snapshots).hasValue(1);
            }
            bed.sql(
                    "CREATE TABLE later (id int PRIMARY KEY, item text)",
                    "INSERT INTO later VALUES (1, 'a'), (2, 'b')",
                    "UPDATE later SET item = 'c' WHERE id = 1",
                    "DELETE FROM later WHERE id = 2");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM later t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** Stopped as early as possible again and again: whatever was finished, the rest follows. */
    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldNeverTakeAHalfCopyForAWholeOne(String major) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader big = TopicReader.json(bed.topic("big"));
                TopicReader small = TopicReader.json(bed.topic("small"))) {
            bed.sql(
                    "CREATE TABLE big (id int PRIMARY KEY, item text)",
                    "INSERT INTO big SELECT i, repeat('x', 100) FROM generate_series(1, 60000) i",
                    "CREATE TABLE small (id int PRIMARY KEY)",
                    "INSERT INTO small SELECT generate_series(1, 100)");
            for (int i = 0; i < 4; i++) {
                Running running = Running.of(bed.settings());
                Waiting.until(
                        "the copy begins or is over", () -> running.snapshots.get() > 0 || running.streamingHasBegun());
                running.close();
                bed.sql(
                        "UPDATE big SET item = 'changed " + i + "' WHERE id % 1000 = " + i,
                        "DELETE FROM big WHERE id % 1000 = " + (500 + i),
                        "INSERT INTO big SELECT i, 'new' FROM generate_series(" + (100000 + i * 10) + ", "
                                + (100009 + i * 10) + ") i");
            }
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                big.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM big t"), "id");
                small.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM small t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldFillInLargeValuesThatAnUpdateLeavesAsTheyAre() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader keyed = TopicReader.json(bed.topic("keyed"));
                TopicReader full = TopicReader.json(bed.topic("whole"))) {
            String large = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i)";
            bed.sql(
                    "CREATE TABLE keyed (id int PRIMARY KEY, n int, item text, doc jsonb)",
                    "CREATE TABLE whole (id int PRIMARY KEY, n int, item text)",
                    "ALTER TABLE whole REPLICA IDENTITY FULL",
                    "INSERT INTO keyed VALUES (1, 1, " + large + ", jsonb_build_object('a', " + large + "))",
                    "INSERT INTO whole VALUES (1, 1, " + large + ")");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("UPDATE keyed SET n = 2", "UPDATE whole SET n = 2");
                keyed.await(2);
                keyed.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM keyed t"), "id");
                full.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM whole t"), "id");
                Message exact = keyed.messages().get(1);
                assertThat(exact.headers()).doesNotContainKeys("pg.read-later", "pg.unknown");
                assertThat(running.failureSoFar()).isEmpty();
            }
            // While it is down: by the time the first update is read, the row is no more what it was.
            bed.sql("UPDATE keyed SET n = 3", "UPDATE keyed SET n = 4, item = 'short'", "DELETE FROM keyed");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                keyed.await(5);
                assertThat(keyed.messages().get(2).headers()).containsEntry("pg.unknown", "item,doc");
                assertThat(keyed.messages().get(4).value().isNull()).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldWaitOutARestartOfPostgres() throws Exception {
        try (TestBed bed = TestBed.on("15");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                for (int i = 0; i < 3; i++) {
                    bed.sql("INSERT INTO t VALUES (" + i + ", 'x')");
                    if (i == 0) {
                        bed.postgres.stop();
                        bed.postgres.restart();
                    } else {
                        bed.postgres.kill();
                        bed.postgres.restart();
                    }
                    bed.reconnect();
                }
                bed.sql("INSERT INTO t VALUES (9, 'end')");
                topic.await(4);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages()).hasSize(4);
        }
    }

    @Test
    void shouldAdvanceTheSlotOfAnIdleDatabase() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Settings settings = new SettingsBuilder(bed.settings()).tables("t").build();
            try (Running running = Running.of(settings).awaitStreaming();
                    Connection session = bed.connect();
                    Statement statement = session.createStatement()) {
                statement.execute("CREATE TABLE elsewhere AS SELECT generate_series(1, 1000)");
                String now = bed.query("SELECT pg_current_wal_lsn()").get(0);
                long begun = System.nanoTime();
                Waiting.until(
                        "the slot has moved beyond " + now,
                        () -> bed.query("SELECT confirmed_flush_lsn >= '" + now + "' FROM pg_replication_slots"
                                        + " WHERE slot_name = '" + bed.name + "'")
                                .contains("t"));
                assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun))
                        .isLessThan(45);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }
}
