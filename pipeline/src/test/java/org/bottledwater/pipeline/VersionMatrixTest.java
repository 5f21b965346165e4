package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds on every major and with every plugin, as far as transactions go. */
@ParameterizedClass
@MethodSource("org.bottledwater.pipeline.Way#all")
@ExtendWith(Matrix.class)
record VersionMatrixTest(Way way) implements Matrix.Checked {
    private static final int ROWS = 150_000;

    @Test
    void shouldCopyAndFollowUnderConcurrentWrites() throws Exception {
        try (TestBed bed = way.bed();
                TopicReader accounts = TopicReader.avro(bed.topic("accounts"));
                TopicReader lines = TopicReader.avro(bed.topic("lines"));
                TopicReader tags = TopicReader.avro(bed.topic("tags"))) {
            bed.sql(
                    "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint, note text)",
                    "CREATE TABLE lines (item text, line int, order_id int, PRIMARY KEY (order_id, line))",
                    "CREATE TABLE tags (tag text PRIMARY KEY, uses int)",
                    "INSERT INTO accounts SELECT i, 0, 'n' || i FROM generate_series(1, 10000) i",
                    "INSERT INTO lines SELECT 'x', i % 5, i / 5 FROM generate_series(1, 5000) i",
                    "INSERT INTO tags SELECT 'tag ' || i, 0 FROM generate_series(1, 500) i");
            Settings settings = way.settings(bed).format(OutputFormat.AVRO).build();
            Running running;
            try (Writing one = Writing.to(bed, VersionMatrixTest::changeAccount);
                    Writing other = Writing.to(bed, VersionMatrixTest::changeLineOrTag)) {
                one.awaitCommits(10);
                running = Running.of(settings).awaitStreaming();
                one.awaitCommits(50);
                other.awaitCommits(50);
            }
            try (running) {
                accounts.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM accounts t"), "id");
                lines.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM lines t"), "line", "order_id");
                tags.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM tags t"), "tag");
                assertThat(running.snapshots).hasValue(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static String changeAccount(Random random) {
        int id = 1 + random.nextInt(10000);
        return switch (random.nextInt(4)) {
            case 0 -> "DELETE FROM accounts WHERE id = " + id;
            case 1 -> "INSERT INTO accounts SELECT coalesce(max(id), 0) + 1, 1, 'new' FROM accounts";
            default -> "UPDATE accounts SET balance = balance + 1 WHERE id = " + id;
        };
    }

    private static String changeLineOrTag(Random random) {
        int id = 1 + random.nextInt(900);
        return switch (random.nextInt(3)) {
            case 0 -> "UPDATE lines SET item = item || 'y' WHERE order_id = " + id + " AND line = 1";
            case 1 -> "DELETE FROM lines WHERE order_id = " + id + " AND line = 3";
            // The key changes.
            default -> "UPDATE tags SET tag = tag || '''', uses = uses + 1 WHERE tag LIKE 'tag " + id + "%'";
        };
    }

    @Test
    void shouldGoOnAfterAKillInTheCopyAndOneInTheStream() throws Exception {
        try (TestBed bed = way.bed();
                TopicReader topic = TopicReader.json(bed.topic("big"));
                Admin admin =
                        Admin.create(Map.of("bootstrap.servers", TestBed.kafka().bootstrapServers()))) {
            bed.sql(
                    "CREATE TABLE big (id int PRIMARY KEY, version int, filler text)",
                    "INSERT INTO big SELECT i, 0, repeat('x', 50) FROM generate_series(1, " + ROWS + ") i",
                    "ANALYZE big");
            Running running;
            try (Writing writing = Writing.to(bed, VersionMatrixTest::changeBig)) {
                try (KillableRun first = KillableRun.of(bed, way.plugin())) {
                    first.until("it copies", () -> written(admin, bed.topic("big")) > 0);
                }
                assertThat(written(admin, bed.topic("big")))
                        .as("killed within the copy")
                        .isLessThan(ROWS);
                try (KillableRun second = KillableRun.of(bed, way.plugin())) {
                    second.until(
                            "it follows",
                            () -> bed.query("SELECT active FROM pg_replication_slots" + " WHERE slot_name = '"
                                            + bed.name + "'")
                                    .contains("t"));
                    long before = written(admin, bed.topic("big"));
                    second.until("it sends", () -> written(admin, bed.topic("big")) > before + 50);
                }
                running = Running.of(way.settings(bed).build()).awaitStreaming();
                writing.awaitCommits(50);
            }
            try (running) {
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM big t"), "id");
                assertThat(running.snapshots).hasValue(0);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static String changeBig(Random random) {
        int id = 1 + random.nextInt(ROWS);
        return random.nextInt(10) == 0
                ? "DELETE FROM big WHERE id = " + id
                : "UPDATE big SET version = version + 1 WHERE id = " + id;
    }

    /** Also what is in a transaction that will never be committed. */
    private static long written(Admin admin, String topic) throws Exception {
        if (!admin.listTopics().names().get().contains(topic)) {
            return 0;
        }
        TopicPartition partition = new TopicPartition(topic, 0);
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                .partitionResult(partition)
                .get()
                .offset();
    }

    @Test
    void shouldSendPreparedTransactionsWhenTheyAreCommitted() throws Exception {
        try (TestBed bed = way.bed();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            String gid = bed.name;
            try (Running running = Running.of(way.settings(bed).build()).awaitStreaming()) {
                bed.sql(
                        "BEGIN; INSERT INTO t VALUES (1, 'prepared'); PREPARE TRANSACTION '" + gid + "'",
                        "BEGIN; INSERT INTO t VALUES (2, 'undone'); PREPARE TRANSACTION '" + gid + " undone'",
                        "INSERT INTO t VALUES (3, 'between')",
                        "ROLLBACK PREPARED '" + gid + " undone'");
                topic.await(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
            // It is prepared before the restart and committed after it.
            try (Running running = Running.of(way.settings(bed).build()).awaitStreaming()) {
                bed.sql("COMMIT PREPARED '" + gid + "'", "INSERT INTO t VALUES (4, 'after')");
                topic.await(3);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .containsExactly(
                            "insert {\"id\":3} 'between'", "insert {\"id\":1} 'prepared'", "insert {\"id\":4} 'after'");
        }
    }

    @Test
    void shouldSendNothingOfWhatWasRolledBack() throws Exception {
        try (TestBed bed = way.bed();
                TopicReader topic = TopicReader.json(bed.topic("t"));
                Connection session = bed.connect();
                Statement statement = session.createStatement()) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            try (Running running = Running.of(way.settings(bed).build()).awaitStreaming()) {
                session.setAutoCommit(false);
                statement.execute("INSERT INTO t VALUES (1, 'aborted')");
                session.rollback();
                statement.execute("INSERT INTO t VALUES (2, 'kept')");
                Savepoint outer = session.setSavepoint();
                statement.execute("INSERT INTO t VALUES (3, 'undone')");
                session.setSavepoint();
                statement.execute("INSERT INTO t VALUES (4, 'undone with its parent')");
                session.rollback(outer);
                Savepoint released = session.setSavepoint();
                statement.execute("INSERT INTO t VALUES (5, 'released')");
                session.releaseSavepoint(released);
                statement.execute("DO $$BEGIN INSERT INTO t VALUES (6, 'caught'); RAISE 'no';"
                        + " EXCEPTION WHEN raise_exception THEN INSERT INTO t VALUES (7, 'handled'); END$$");
                session.commit();
                topic.await(3);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .containsExactly(
                            "insert {\"id\":2} 'kept'", "insert {\"id\":5} 'released'", "insert {\"id\":7} 'handled'");
            // docs/versions.md says so.
            assertThat(topic.messages())
                    .allSatisfy(message -> assertThat(message.headers())
                            .containsOnlyKeys(
                                    way.plugin() == PluginChoice.PGOUTPUT
                                            ? new String[] {"pg.op", "pg.lsn", "pg.xid", "pg.time"}
                                            : new String[] {"pg.op", "pg.xid"}));
        }
    }

    @Test
    void shouldFollowATransactionThatTheServerSpillsToDisk() throws Exception {
        try (TestBed bed = way.bed();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            if (way.has(13)) {
                bed.sql("ALTER DATABASE " + bed.name + " SET logical_decoding_work_mem = '64kB'");
            }
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            try (Running running = Running.of(way.settings(bed).build()).awaitStreaming()) {
                bed.sql("BEGIN; INSERT INTO t SELECT i, 'one' FROM generate_series(1, 15000) i; SAVEPOINT s;"
                        + " INSERT INTO t SELECT i, 'undone' FROM generate_series(15001, 25000) i; ROLLBACK TO s;"
                        + " UPDATE t SET item = 'two' WHERE id % 2 = 0; COMMIT");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                if (way.has(14)) {
                    Waiting.until(
                            "the server tells that it spilled",
                            () -> bed.query("SELECT spill_txns > 0 FROM pg_stat_replication_slots WHERE slot_name = '"
                                            + bed.name + "'")
                                    .contains("t"));
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages()).hasSize(15000 + 7500);
        }
    }
}
