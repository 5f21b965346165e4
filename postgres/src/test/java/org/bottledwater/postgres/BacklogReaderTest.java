package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.wire.StretchDecoder;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stretch of the log brings. */
final class BacklogReaderTest {
    private static final String SLOT = "backlog_reader";
    private static final long MARGIN = 1 << 16;

    /** Otherwise the last transaction, and all that is decoded in front of it once more, would be left to a walsender. */
    @ParameterizedTest
    @ValueSource(strings = {"18", "12"})
    void shouldReadToTheEndOfTheLogWhereNobodyWrites(String major) throws Exception {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres catalog = Postgres.connect(database.address())) {
            database.execute("CREATE TABLE t (id int PRIMARY KEY)");
            Slots slots = new Slots(catalog);
            slots.create(SLOT, Plugin.TEST_DECODING).close();
            try (BacklogReader reader = reader(database, catalog)) {
                database.execute(
                        "INSERT INTO t VALUES (1)",
                        "CHECKPOINT",
                        "INSERT INTO t SELECT generate_series(2, 2001)",
                        "CHECKPOINT");
                Waiting.until("all is on disk", () -> reader.endOfRecords(MARGIN) == reader.end());
                long end = reader.endOfRecords(MARGIN);
                assertThat(inserts(reader, end)).hasSize(2001);
                // The first brings it to the first list of running transactions that is in the log, the second to the
                // last.
                reader.advance(end);
                reader.advance(end);
                Slot slot = slots.find(SLOT).orElseThrow();
                assertThat(slot.confirmedFlushLsn()).isEqualTo(end);
                assertThat(end - slot.restartLsn()).as("decoded again").isBetween(0L, 4096L);
                assertThat(reader.restartLsn()).isEqualTo(slot.restartLsn());
            }
            slots.drop(SLOT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "12"})
    void shouldReadAheadOfTheSlot(String major) throws Exception {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres catalog = Postgres.connect(database.address())) {
            database.execute("CREATE TABLE t (id int PRIMARY KEY)");
            Slots slots = new Slots(catalog);
            slots.create(SLOT, Plugin.TEST_DECODING).close();
            Slot slot = slots.find(SLOT).orElseThrow();
            try (BacklogReader reader = reader(database, catalog)) {
                assertThat(reader.readAhead(slot.confirmedFlushLsn())).isTrue();
                assertThat(reader.restartLsn()).isEqualTo(slot.restartLsn());
                for (int i = 1; i < 4; i++) {
                    database.execute("INSERT INTO t VALUES (" + i + ")", "CHECKPOINT");
                    Waiting.until("all is on disk", () -> reader.endOfRecords(MARGIN) == reader.end());
                    assertThat(inserts(reader, reader.end()))
                            .singleElement()
                            .asString()
                            .contains("(" + i + ")");
                }
                assertThat(slots.find(SLOT).orElseThrow().confirmedFlushLsn())
                        .as("what it has read may not be safe yet")
                        .isEqualTo(slot.confirmedFlushLsn());
                assertThat(Lsn.isBefore(slot.restartLsn(), reader.restartLsn())).isTrue();
                reader.advance(reader.end());
                assertThat(slots.find(SLOT).orElseThrow().confirmedFlushLsn()).isEqualTo(reader.end());
            }
            Waiting.until(
                    "the copy is gone",
                    () -> database.query("SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE '" + SLOT
                                    + "_ahead%'")
                            .equals("0"));
            slots.drop(SLOT);
        }
    }

    @Test
    void shouldReadOneAfterTheOtherWhereNoSlotIsFree() throws Exception {
        try (PostgresServer server =
                        PostgresServer.start(PostgresOptions.of("18").with("max_replication_slots", "1"));
                TestDatabase database = TestDatabase.create(server);
                Postgres catalog = Postgres.connect(database.address())) {
            database.execute("CREATE TABLE t (id int PRIMARY KEY)");
            new Slots(catalog).create(SLOT, Plugin.TEST_DECODING).close();
            try (BacklogReader reader = reader(database, catalog)) {
                assertThat(reader.readAhead(
                                new Slots(catalog).find(SLOT).orElseThrow().confirmedFlushLsn()))
                        .isFalse();
                database.execute("INSERT INTO t VALUES (1)");
                long first = reader.end();
                assertThat(inserts(reader, first)).hasSize(1);
                assertThat(inserts(reader, first)).as("not safe yet").hasSize(1);
                reader.advance(first);
                database.execute("INSERT INTO t VALUES (2)");
                assertThat(inserts(reader, reader.end()))
                        .singleElement()
                        .asString()
                        .contains("(2)");
            }
        }
    }

    /** A slot that waits for the standbys must not be passed by one that does not. */
    @Test
    void shouldNotCopyAFailoverSlot() throws Exception {
        try (TestDatabase database = TestDatabase.create("18");
                Postgres catalog = Postgres.connect(database.address())) {
            Slots slots = new Slots(catalog);
            database.execute(
                    "SELECT pg_create_logical_replication_slot('" + SLOT + "', 'test_decoding', failover => true)");
            try (BacklogReader reader = reader(database, catalog)) {
                long from = slots.find(SLOT).orElseThrow().confirmedFlushLsn();
                assertThat(reader.readAhead(from)).isFalse();
            }
            slots.drop(SLOT);
        }
    }

    /** As the first releases of PostgreSQL 12 do with a copy, or somebody with the slot. */
    @Test
    void shouldNotReadACopyThatStandsElsewhere() throws Exception {
        try (TestDatabase database = TestDatabase.create("18");
                Postgres catalog = Postgres.connect(database.address())) {
            Slots slots = new Slots(catalog);
            slots.create(SLOT, Plugin.TEST_DECODING).close();
            long from = slots.find(SLOT).orElseThrow().confirmedFlushLsn();
            try (BacklogReader reader = reader(database, catalog)) {
                assertThat(reader.readAhead(from - 8)).isFalse();
                assertThat(database.query("SELECT count(*) FROM pg_replication_slots WHERE temporary"))
                        .isEqualTo("0");
                assertThat(inserts(reader, reader.end())).isEmpty();
            }
            slots.drop(SLOT);
        }
    }

    private static BacklogReader reader(TestDatabase database, Postgres catalog) {
        StreamOptions options = new StreamOptions(
                SLOT,
                Plugin.TEST_DECODING,
                List.of(),
                false,
                false,
                0,
                catalog.serverVersion(),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30));
        return BacklogReader.open(database.address(), options, new Catalog(catalog).resolver(List.of()));
    }

    /** Those of one stretch. */
    private static List<String> inserts(BacklogReader reader, long end) {
        Recorder recorder = new Recorder();
        assertThat(reader.begin(end)).isTrue();
        StretchDecoder decoder = reader.decoder();
        for (byte[] message = reader.next(); message != null; message = reader.next()) {
            decoder.data(message, 0, message.length, recorder);
        }
        decoder.end();
        assertThat(reader.wasEmpty()).isEqualTo(recorder.lines.isEmpty());
        return recorder.lines.stream().filter(line -> line.startsWith("insert")).toList();
    }
}
