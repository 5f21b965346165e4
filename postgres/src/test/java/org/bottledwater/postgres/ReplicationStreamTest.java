package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.wire.CountingHandler;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a stream is read: where it begins, what it confirms, how it ends; what it brings is in {@link StreamedChangesTest}. */
final class ReplicationStreamTest {
    @Test
    void shouldTellThatItIsUpToDateFromABacklog() throws Exception {
        StreamSource.Way way = StreamSource.ways()
                .filter(any -> any.plugin() == Plugin.PGOUTPUT)
                .findFirst()
                .orElseThrow();
        try (TestDatabase database = TestDatabase.create(way.major());
                StreamSource source = new StreamSource(database, way)) {
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
        StreamSource.Way way = new StreamSource.Way("18", Plugin.PGOUTPUT, false);
        try (TestDatabase database = TestDatabase.create(way.major());
                StreamSource source = new StreamSource(database, way)) {
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
    @MethodSource("org.bottledwater.postgres.StreamSource#ways")
    void shouldResumeFromWhatWasConfirmedOrFromThePositionGiven(StreamSource.Way way) throws Exception {
        try (TestDatabase database = TestDatabase.create(way.major());
                StreamSource source = new StreamSource(database, way)) {
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
        StreamSource.Way way =
                new StreamSource.Way(major, major.equals("9.5") ? Plugin.TEST_DECODING : Plugin.PGOUTPUT, false);
        try (TestDatabase database = TestDatabase.create(major);
                TestDatabase elsewhere = TestDatabase.create(database.server());
                StreamSource source = new StreamSource(database, way)) {
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
                StreamSource source = new StreamSource(database, new StreamSource.Way("18", Plugin.PGOUTPUT, true))) {
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
        StreamSource.Way way =
                new StreamSource.Way(major, major.equals("9.5") ? Plugin.TEST_DECODING : Plugin.PGOUTPUT, false);
        try (TestDatabase database = TestDatabase.create(major);
                StreamSource source = new StreamSource(database, way)) {
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
        StreamSource.Way way =
                new StreamSource.Way(major, major.equals("9.5") ? Plugin.TEST_DECODING : Plugin.PGOUTPUT, false);
        try (PostgresServer server = PostgresServer.start(major);
                TestDatabase database = TestDatabase.create(server)) {
            StreamSource source = new StreamSource(database, way);
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
        StreamSource.Way way = new StreamSource.Way(major, Plugin.TEST_DECODING, false);
        try (TestDatabase database = TestDatabase.create(major);
                StreamSource source = new StreamSource(database, way);
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
