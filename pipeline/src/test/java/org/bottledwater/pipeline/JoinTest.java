package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables that join, leave and change places while the program runs or is down. */
final class JoinTest {
    private static final String ROWS = "SELECT row_to_json(t) FROM t";

    @Test
    void shouldCopyATableAnewThatLostItsKeyAndGotItBack() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, item text)",
                    "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("ALTER TABLE t DROP CONSTRAINT t_pkey");
                Waiting.until(
                        "it has left the publication", () -> published(bed).isEmpty());
                bed.sql(
                        "UPDATE t SET item = 'unseen' WHERE id = 1",
                        "DELETE FROM t WHERE id = 3",
                        "ALTER TABLE t ADD PRIMARY KEY (id)");
                topic.awaitRows(() -> bed.query(ROWS), "id");
                bed.sql("UPDATE t SET item = 'seen again' WHERE id = 1", "DELETE FROM t WHERE id = 2");
                topic.awaitRows(() -> bed.query(ROWS), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldCopyATableAnewThatLostItsKeyAndGotItBackWhileItWasDown() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)", "INSERT INTO t VALUES (1, 'a')");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("ALTER TABLE t DROP CONSTRAINT t_pkey");
                Waiting.until(
                        "it has left the publication", () -> published(bed).isEmpty());
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql("UPDATE t SET item = 'unseen'", "ALTER TABLE t ADD PRIMARY KEY (id)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                topic.awaitRows(() -> bed.query(ROWS), "id");
                assertThat(running.snapshots).hasValue(1);
            }
        }
    }

    /** The way of online migrations: fill a new table, then let the two change names. */
    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"PGOUTPUT", "TEST_DECODING"})
    void shouldFollowATableThatTakesThePlaceOfAnother(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)", "INSERT INTO t VALUES (1, 'old')");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (TopicReader other = TopicReader.json(bed.topic("t_new"));
                    Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "CREATE TABLE t_new (id int PRIMARY KEY, item text)",
                        "INSERT INTO t_new SELECT id, 'new' FROM t");
                other.await(1);
                bed.sql(
                        "BEGIN; ALTER TABLE t RENAME TO t_old; ALTER TABLE t_new RENAME TO t; COMMIT",
                        "INSERT INTO t VALUES (2, 'after')");
                topic.awaitRows(() -> bed.query(ROWS), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldNotLetAnOldTableOverwriteTheNewOneOfItsName() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)", "INSERT INTO t VALUES (1, 'a'), (2, 'a')");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(running.snapshots).hasValue(1);
            }
            bed.sql(
                    "UPDATE t SET item = 'old'",
                    "DELETE FROM t WHERE id = 2",
                    "DROP TABLE t",
                    "CREATE TABLE t (id int PRIMARY KEY, item text)",
                    "INSERT INTO t VALUES (1, 'new'), (2, 'new')");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                topic.awaitRows(() -> bed.query(ROWS), "id");
                bed.sql("INSERT INTO t VALUES (3, 'more')");
                topic.awaitRows(() -> bed.query(ROWS), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** It writes before the table is published and commits after the copy has begun: it is in neither, but for the wait. */
    @Test
    void shouldNotLoseATransactionThatIsOpenWhileATableJoins() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE other (id int PRIMARY KEY)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)", "INSERT INTO t VALUES (1, 'a'), (2, 'a')");
            try (Connection session = bed.connect();
                    Statement statement = session.createStatement()) {
                session.setAutoCommit(false);
                statement.execute("UPDATE t SET item = 'open' WHERE id = 1");
                try (Running running = Running.of(bed.settings())) {
                    Waiting.until("the table is published", () -> published(bed).contains("t"));
                    CompletableFuture<Void> later = CompletableFuture.runAsync(
                            () -> commit(session), CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS));
                    running.awaitStreaming();
                    later.join();
                    topic.awaitRows(() -> bed.query(ROWS), "id");
                }
            }
        }
    }

    @Test
    void shouldTakeATableThatLostItsKeyOutOfThePublicationAndGoOnWithout() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)", "INSERT INTO t VALUES (1, 'a')");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql("ALTER TABLE t DROP CONSTRAINT t_pkey");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("UPDATE t SET item = 'b'", "ALTER TABLE t ADD PRIMARY KEY (id)");
                topic.awaitExactly(() -> bed.query(ROWS));
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldCaptureATableWhenItHasAKey() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            try (TopicReader keyed = TopicReader.json(bed.topic("unkeyed"));
                    Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql(
                        "BEGIN; INSERT INTO t VALUES (1, 'before'); COMMIT",
                        "BEGIN; CREATE TABLE unkeyed AS SELECT 1 AS id; INSERT INTO t VALUES (2, 'with it'); COMMIT");
                topic.awaitRows(() -> bed.query(ROWS), "id");
                bed.sql("ALTER TABLE unkeyed ADD PRIMARY KEY (id)");
                keyed.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM unkeyed t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** test_decoding prints the rows of a materialized view that is refreshed; it is no table, and can have no key. */
    @Test
    void shouldPassOverMaterializedViews() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, item text)",
                    "CREATE MATERIALIZED VIEW v AS SELECT * FROM t",
                    "CREATE UNIQUE INDEX ON v (id)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(PluginChoice.TEST_DECODING)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO t VALUES (1, 'a')",
                        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
                        "CREATE MATERIALIZED VIEW w AS SELECT * FROM t",
                        "INSERT INTO t VALUES (2, 'b')");
                topic.awaitRows(() -> bed.query(ROWS), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** Without the old rows, by request; but a table that comes later has none. */
    @Test
    void shouldCopyATableThatJoinsAlsoWhenTheFirstSnapshotWasSkipped() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE other (id int PRIMARY KEY)", "INSERT INTO other VALUES (1)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).skipSnapshot().build();
            try (TopicReader others = TopicReader.json(bed.topic("other"));
                    Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "CREATE TABLE t (id int PRIMARY KEY, item text)",
                        "INSERT INTO t VALUES (1, 'a')",
                        "UPDATE t SET item = 'b'");
                topic.awaitRows(() -> bed.query(ROWS), "id");
                assertThat(others.messages()).isEmpty();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldRefuseASlotOfPgoutputThatIsOlderThanItsPublications() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, item text)",
                    "SELECT pg_create_logical_replication_slot('" + bed.name + "', 'pgoutput')",
                    "INSERT INTO t VALUES (1, 'a')");
            assertThat(Running.of(bed.settings()).failure())
                    .hasMessageStartingWith("slot " + bed.name + " is older than the publications");
        }
    }

    private static List<String> published(TestBed bed) throws Exception {
        return bed.query("SELECT tablename FROM pg_publication_tables WHERE pubname = '" + bed.name + "'");
    }

    private static void commit(Connection session) {
        try {
            session.commit();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
