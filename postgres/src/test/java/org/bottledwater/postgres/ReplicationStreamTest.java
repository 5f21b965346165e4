package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.wire.CountingHandler;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ReplicationStreamTest {
    /** A way to read a stream: server, plugin, text or binary. */
    record Way(String major, Plugin plugin, boolean binary) {}

    static Stream<Way> ways() {
        return Stream.of(
                new Way("18", Plugin.PGOUTPUT, true),
                new Way("18", Plugin.PGOUTPUT, false),
                new Way("18", Plugin.TEST_DECODING, false),
                new Way("15", Plugin.PGOUTPUT, true),
                new Way("15", Plugin.TEST_DECODING, false),
                new Way("12", Plugin.PGOUTPUT, false),
                new Way("12", Plugin.TEST_DECODING, false),
                new Way("9.5", Plugin.TEST_DECODING, false));
    }

    /** A slot of a test, its publications and its stream. */
    private static final class Source implements AutoCloseable {
        final TestDatabase database;
        final Postgres postgres;
        final Postgres resolving;
        final Way way;
        final String slot = TestDatabase.slotName();
        final Publications publications;
        final Recorder recorder = new Recorder();

        Source(TestDatabase database, Way way) {
            this.database = database;
            this.way = way;
            this.postgres = Postgres.connect(database.address());
            this.resolving = Postgres.connect(database.address());
            this.publications = new Publications(postgres, slot);
        }

        void create() {
            if (way.plugin() == Plugin.PGOUTPUT) {
                publications.ensure(new Catalog(postgres).tables());
            }
            new Slots(postgres).create(slot, way.plugin()).close();
        }

        /** 9.5 does not say what the slot knows, but what its consumer said. */
        long confirmed() {
            if (postgres.serverVersion() >= 90600) {
                return new Slots(postgres).find(slot).orElseThrow().confirmedFlushLsn();
            }
            try {
                return Lsn.parse(database.query("SELECT coalesce(max(flush_location::text), '0/0')"
                        + " FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid"
                        + " WHERE slot_name = '" + slot + "'"));
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }

        ReplicationStream start(long lsn) {
            StreamOptions options = new StreamOptions(
                    slot,
                    way.plugin(),
                    publications.names(),
                    way.binary(),
                    false,
                    lsn,
                    postgres.serverVersion(),
                    Duration.ofMillis(200),
                    Duration.ofSeconds(60));
            return ReplicationStream.start(database.address(), options, new Catalog(resolving).resolver(List.of()));
        }

        void poll(ReplicationStream stream, int commits) throws InterruptedException {
            Waiting.until(commits + " commits, got " + recorder.lines, () -> {
                stream.poll(recorder);
                return recorder.commits >= commits;
            });
        }

        @Override
        public void close() {
            new Slots(postgres).drop(slot);
            publications.drop();
            postgres.close();
            resolving.close();
        }
    }

    @Test
    void shouldTellThatItIsUpToDateFromABacklog() throws Exception {
        Way way = ways().filter(any -> any.plugin() == Plugin.PGOUTPUT)
                .findFirst()
                .orElseThrow();
        try (TestDatabase database = TestDatabase.create(way.major());
                Source source = new Source(database, way)) {
            database.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
            source.create();
            database.execute("INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 50000) i");
            try (ReplicationStream stream = source.start(0)) {
                Waiting.until("the first rows", () -> stream.poll(source.recorder));
                Waiting.until("the server has more ready than it can send", () -> waitsToSend(database));
                long begun = System.nanoTime();
                for (int i = 0; i < 1000; i++) {
                    assertThat(stream.poll(source.recorder)).isTrue();
                }
                assertThat(stream.hasRunDrySince(begun))
                        .as("megabytes are waiting")
                        .isFalse();

                while (source.recorder.commits == 0) {
                    stream.poll(source.recorder);
                }
                Waiting.until("nothing more", () -> !stream.poll(source.recorder));
                assertThat(stream.hasRunDrySince(begun)).isTrue();
            }
        }
    }

    /** The server sends each change by itself, and this reads faster than that. */
    @Test
    void shouldNotLookForEachChangeOfALargeTransactionByItself() throws Exception {
        int transactions = 600;
        int rows = 1000;
        Way way = new Way("18", Plugin.PGOUTPUT, false);
        try (TestDatabase database = TestDatabase.create(way.major());
                Source source = new Source(database, way)) {
            database.execute(
                    "CREATE TABLE t (id int PRIMARY KEY, a float8, b float8, c timestamptz, d timestamptz, e numeric)");
            source.create();
            database.execute("DO $$ BEGIN FOR i IN 1.." + transactions + " LOOP INSERT INTO t SELECT i * " + rows
                    + " + j, random(), random(), now(), now(), random() FROM generate_series(1, " + rows
                    + ") j; COMMIT; END LOOP; END $$");
            CountingHandler handler = new CountingHandler();
            int dry = 0;
            try (ReplicationStream stream = source.start(0)) {
                while (handler.commits < transactions) {
                    long begun = System.nanoTime();
                    stream.poll(handler);
                    if (handler.commits >= transactions / 2 && stream.hasRunDrySince(begun)) {
                        dry++;
                    }
                }
            }
            assertThat(dry)
                    .as("how often all was read, in %d rows", transactions / 2 * rows)
                    .isLessThan(transactions / 2 * rows / 15);
        }
    }

    private static boolean waitsToSend(TestDatabase database) {
        try {
            return !database.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'WalSenderWriteData'")
                    .isEmpty();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldBringEveryChangeInCommitOrder(Way way) throws Exception {
        try (TestDatabase database = TestDatabase.create(way.major());
                Source source = new Source(database, way)) {
            database.execute(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "CREATE TABLE \"O'dd \"\"t\" (\"a b\" text PRIMARY KEY)",
                    "CREATE TABLE f (a text, b text)",
                    "ALTER TABLE f REPLICA IDENTITY FULL");
            source.create();
            database.execute(
                    "BEGIN; INSERT INTO t VALUES (1, 'one'), (2, NULL), (3, ''); SAVEPOINT s; INSERT INTO t VALUES (4, 'no');"
                            + " ROLLBACK TO s; UPDATE t SET v = 'two' WHERE id = 2; UPDATE t SET id = 5 WHERE id = 3;"
                            + " DELETE FROM t WHERE id = 1; COMMIT",
                    "BEGIN; INSERT INTO t VALUES (9, 'never'); ROLLBACK",
                    "INSERT INTO \"O'dd \"\"t\" VALUES ('it''s')",
                    "BEGIN; INSERT INTO f VALUES ('x', 'y'); UPDATE f SET b = NULL; DELETE FROM f; COMMIT",
                    "ALTER TABLE t ADD COLUMN w text",
                    "INSERT INTO t VALUES (6, 'six', 'new')");
            try (ReplicationStream stream = source.start(0)) {
                source.poll(stream, 4);
            }
            List<String> expected = List.of(
                    "begin",
                    "insert public.t (1|one)",
                    "insert public.t (2|null)",
                    "insert public.t (3|)",
                    "update public.t (2|two)",
                    "update public.t KEY(3|null) (5|)",
                    "delete public.t KEY(1|null)",
                    "commit",
                    "begin",
                    "insert public.O'dd \"t (it's)",
                    "commit",
                    "begin",
                    "insert public.f (x|y)",
                    "update public.f FULL(x|y) (x|null)",
                    "delete public.f FULL(x|null)",
                    "commit",
                    "begin",
                    "insert public.t (6|six|new)",
                    "commit");
            assertThat(source.recorder.lines.stream().map(line -> way.binary() ? unhex(line) : line))
                    .containsExactlyElementsOf(expected);
            assertThat(source.recorder.relations.get(0).keyColumns()).containsExactly(0);
        }
    }

    /** Binary integers and texts as their text: four bytes beginning with zeros are an integer. */
    private static String unhex(String line) {
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < line.length()) {
            boolean value = line.charAt(at) == 'x' && at > 0 && "(|".indexOf(line.charAt(at - 1)) >= 0;
            if (!value) {
                text.append(line.charAt(at++));
                continue;
            }
            int end = at + 1;
            while (Character.digit(line.charAt(end), 16) >= 0) {
                end++;
            }
            byte[] bytes = HexFormat.of().parseHex(line, at + 1, end);
            boolean integer = bytes.length == 4 && bytes[0] == 0;
            text.append(integer ? Integer.toString(bytes[3]) : new String(bytes, StandardCharsets.UTF_8));
            at = end;
        }
        return text.toString();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldPrintValuesAsTheSnapshotDoes(Way way) throws Exception {
        try (TestDatabase database = TestDatabase.create(way.major());
                Source source = new Source(database, way)) {
            database.execute(
                    "CREATE TYPE mood AS ENUM ('it''s ok')",
                    "CREATE DOMAIN price AS numeric(10,2)",
                    "CREATE TYPE pair AS (a int, b mood, t timestamptz)",
                    "CREATE TABLE t (id int PRIMARY KEY, c char(5), m mood, p price, ns int[], c1 pair, cs pair[],"
                            + " ts timestamptz, tr tstzrange, d date, i interval, bin bytea, f float8, ch \"char\","
                            + " r int4range, cl regclass, v int2vector, bits bit(3))");
            source.create();
            database.execute("INSERT INTO t VALUES (1, 'a', 'it''s ok', 1.5, '{1,NULL}', (1, 'it''s ok', '2020-01-02"
                    + " 03:04:05+00'), ARRAY[(2, NULL, NULL)::pair], '2020-01-02 03:04:05+00',"
                    + " '[2020-01-02 03:04:05+00,)', '2020-12-31', '1 year 2 days', decode('00ff', 'hex'), 0.1, 'x',"
                    + " '[1,3]', 't', '1 2', B'101')");
            Recorder copied = new Recorder();
            try (ReplicationStream stream = source.start(0);
                    SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                source.poll(stream, 1);
                reader.copy(
                        reader.catalog().relation(reader.catalog().tables().get(0)),
                        BlockRange.WHOLE,
                        type -> way.binary(),
                        copied::insert);
            }
            assertThat(source.recorder.lines).containsExactly("begin", copied.lines.get(0), "commit");
            if (!way.binary()) {
                assertThat(copied.lines.get(0))
                        .contains("|2020-01-02 03:04:05+00|")
                        .contains("|P1Y2D|\\x00ff|");
            }
            assertThat(source.recorder.relations.get(0).columns())
                    .isEqualTo(copied.relations.get(0).columns());
            assertThat(source.recorder.relations.get(0).keyColumns()).containsExactly(0);
        }
    }

    /** pgoutput leaves generated columns out by itself, test_decoding prints them. */
    @ParameterizedTest
    @CsvSource({"18,TEST_DECODING", "18,PGOUTPUT", "12,TEST_DECODING", "12,PGOUTPUT"})
    void shouldLeaveOutGeneratedColumnsAsTheSnapshotDoes(String major, Plugin plugin) throws Exception {
        String virtual = major.equals("18") ? ", half int GENERATED ALWAYS AS (id / 2) VIRTUAL" : "";
        String columns = "(id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED" + virtual
                + ", v text, long text GENERATED ALWAYS AS (repeat(v, 9999)) STORED, w text)";
        try (TestDatabase database = TestDatabase.create(major);
                Source source = new Source(database, new Way(major, plugin, false))) {
            database.execute(
                    "CREATE TABLE d " + columns,
                    "CREATE TABLE f " + columns,
                    "CREATE TABLE met_by_delete " + columns,
                    "INSERT INTO met_by_delete (id, v) VALUES (1, 'a')");
            for (String table : List.of("d", "f", "met_by_delete")) {
                database.execute("ALTER TABLE " + table + " ALTER COLUMN long SET STORAGE EXTERNAL");
            }
            // PostgreSQL 18 does not publish updates of a table with generated columns whose identity is FULL.
            boolean full = plugin == Plugin.TEST_DECODING;
            if (full) {
                database.execute(
                        "ALTER TABLE f REPLICA IDENTITY FULL", "ALTER TABLE met_by_delete REPLICA IDENTITY FULL");
            }
            source.create();
            for (String table : List.of("d", "f")) {
                database.execute(
                        "BEGIN; INSERT INTO " + table + " (id, v, w) VALUES (1, 'a', 'it''s'); UPDATE " + table
                                + " SET w = NULL; UPDATE " + table + " SET id = 3, v = 'b'; COMMIT",
                        "INSERT INTO " + table + " (id, v, w) VALUES (4, 'x', 'y')",
                        "DELETE FROM " + table + " WHERE id = 3");
            }
            database.execute("DELETE FROM met_by_delete");
            Recorder copied = new Recorder();
            try (ReplicationStream stream = source.start(0);
                    SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                source.poll(stream, 7);
                for (Table table : reader.catalog().tables()) {
                    reader.copy(reader.catalog().relation(table), BlockRange.WHOLE, type -> false, copied::insert);
                }
            }
            assertThat(copied.lines).containsExactly("insert public.d (4|x|y)", "insert public.f (4|x|y)");
            assertThat(source.recorder.lines.stream()
                            .filter(line -> line.contains("public.d"))
                            .toList())
                    .containsExactly(
                            "insert public.d (1|a|it's)",
                            "update public.d (1|a|null)",
                            "update public.d KEY(1|null|null) (3|b|null)",
                            copied.lines.get(0),
                            "delete public.d KEY(3|null|null)");
            if (full) {
                assertThat(source.recorder.lines.stream()
                                .filter(line -> line.contains("public.f") || line.contains("met_by"))
                                .toList())
                        .containsExactly(
                                "insert public.f (1|a|it's)",
                                "update public.f FULL(1|a|it's) (1|a|null)",
                                "update public.f FULL(1|a|null) (3|b|null)",
                                copied.lines.get(1),
                                "delete public.f FULL(3|b|null)",
                                "delete public.met_by_delete FULL(1|a|null)");
            }
            assertThat(source.recorder.relations).allSatisfy(relation -> {
                assertThat(relation.columns()).isEqualTo(copied.relations.get(0).columns());
                assertThat(relation.keyColumns()).containsExactly(0);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldResumeFromWhatWasConfirmedOrFromThePositionGiven(Way way) throws Exception {
        try (TestDatabase database = TestDatabase.create(way.major());
                Source source = new Source(database, way)) {
            database.execute("CREATE TABLE t (id text PRIMARY KEY)");
            source.create();
            database.execute("INSERT INTO t VALUES ('a')", "INSERT INTO t VALUES ('b')");
            long afterFirst;
            try (ReplicationStream stream = source.start(0)) {
                source.poll(stream, 1);
                afterFirst = source.recorder.endLsn;
                source.poll(stream, 2);
                stream.confirm(afterFirst);
                stream.confirm(afterFirst - 100); // never backwards
                Waiting.until("the slot knows", () -> source.confirmed() == afterFirst);
            }
            source.recorder.lines.clear();
            source.recorder.commits = 0;
            long afterSecond;
            try (ReplicationStream stream = source.start(0)) {
                source.poll(stream, 1);
                afterSecond = source.recorder.endLsn;
            }
            assertThat(source.recorder.lines).hasSize(3).element(1).asString().contains(way.binary() ? "x62" : "(b)");
            database.execute("INSERT INTO t VALUES ('c')");
            source.recorder.lines.clear();
            source.recorder.commits = 0;
            try (ReplicationStream stream = source.start(afterSecond)) {
                source.poll(stream, 1);
            }
            assertThat(source.recorder.lines).hasSize(3).element(1).asString().contains(way.binary() ? "x63" : "(c)");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldHearOfPositionsWhenNothingIsForUs(String major) throws Exception {
        Way way = new Way(major, major.equals("9.5") ? Plugin.TEST_DECODING : Plugin.PGOUTPUT, false);
        try (TestDatabase database = TestDatabase.create(major);
                TestDatabase elsewhere = TestDatabase.create(database.server());
                Source source = new Source(database, way)) {
            source.create();
            try (ReplicationStream stream = source.start(0)) {
                elsewhere.execute("CREATE TABLE other AS SELECT generate_series(1, 100) AS id");
                long written = source.postgres.currentWalLsn();
                Waiting.until("keepalive", () -> {
                    stream.poll(source.recorder);
                    return !Lsn.isBefore(stream.received(), written);
                });
                assertThat(source.recorder.lines).isEmpty();
                long received = stream.received();
                stream.confirm(received);
                Waiting.until("the slot knows", () -> source.confirmed() == received);
            }
        }
    }

    @Test
    void shouldStayConnectedWhileThePollingThreadIsBusy() throws Exception {
        try (PostgresServer server = PostgresServer.start("18", Map.of("wal_sender_timeout", "1s"));
                TestDatabase database = TestDatabase.create(server);
                Source source = new Source(database, new Way("18", Plugin.PGOUTPUT, true))) {
            database.execute("CREATE TABLE t (id text PRIMARY KEY)");
            source.create();
            try (ReplicationStream stream = source.start(0)) {
                AtomicBoolean over = new AtomicBoolean();
                CompletableFuture<Void> keeper = CompletableFuture.runAsync(() -> {
                    long end = System.nanoTime() + Duration.ofMillis(2500).toNanos();
                    while (System.nanoTime() < end) {
                        stream.keepAlive();
                    }
                    over.set(true);
                });
                keeper.get(); // this thread does not poll for more than twice the server's patience
                database.execute("INSERT INTO t VALUES ('a')");
                source.poll(stream, 1);
                assertThat(over).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldSayWhyItCannotStart(String major) throws SQLException {
        Way way = new Way(major, major.equals("9.5") ? Plugin.TEST_DECODING : Plugin.PGOUTPUT, false);
        try (TestDatabase database = TestDatabase.create(major);
                Source source = new Source(database, way)) {
            assertThatThrownBy(() -> source.start(0))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("stream: cannot start, slot=" + source.slot)
                    .hasMessageContaining("does not exist");
            source.create();
            try (ReplicationStream stream = source.start(0)) {
                assertThatThrownBy(() -> source.start(0))
                        .isInstanceOf(ConnectionException.class)
                        .hasMessageMatching("(?s).* is (already )?active for PID .*")
                        .hasMessageContaining("Stop the other process");
                assertThat(stream.poll(source.recorder)).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "12", "9.5"})
    void shouldNoticeThatTheServerStops(String major) throws Exception {
        Way way = new Way(major, major.equals("9.5") ? Plugin.TEST_DECODING : Plugin.PGOUTPUT, false);
        try (PostgresServer server = PostgresServer.start(major);
                TestDatabase database = TestDatabase.create(server)) {
            Source source = new Source(database, way);
            source.create();
            try (ReplicationStream stream = source.start(0)) {
                CompletableFuture<Void> stop = CompletableFuture.runAsync(server::stop);
                long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                assertThatThrownBy(() -> {
                            while (System.nanoTime() < deadline) {
                                stream.poll(source.recorder);
                                stream.confirm(stream.received());
                            }
                        })
                        .isInstanceOf(ConnectionException.class)
                        .hasMessageContaining("slot=" + source.slot);
                stop.get();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldCloseQuicklyInTheMiddleOfALargeTransaction(String major) throws Exception {
        Way way = new Way(major, Plugin.TEST_DECODING, false);
        try (TestDatabase database = TestDatabase.create(major);
                Source source = new Source(database, way);
                Connection connection = database.open();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
            source.create();
            statement.execute("INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, 300000) g");
            ReplicationStream stream = source.start(0);
            Waiting.until("first rows", () -> {
                stream.poll(source.recorder);
                return source.recorder.lines.size() > 10;
            });
            long before = System.nanoTime();
            stream.close();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
            Waiting.until(
                    "slot is free",
                    () -> !new Slots(source.postgres)
                            .find(source.slot)
                            .orElseThrow()
                            .active());
        }
    }
}
