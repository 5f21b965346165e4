package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.Lsn;
import org.bottledwater.pipeline.StretchQueue.End;
import org.bottledwater.pipeline.StretchQueue.Messages;
import org.bottledwater.pipeline.StretchQueue.Piece;
import org.bottledwater.pipeline.StretchQueue.StretchEnd;
import org.bottledwater.postgres.BacklogReader;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Slots;
import org.bottledwater.postgres.StreamOptions;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the server is asked for the next stretch, and when the slot is advanced. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class StretchReadingTest {
    private static final CatchUpPolicy POLICY = new CatchUpPolicy(128 << 10, 64 << 10, 256 << 20);
    private static final String SLOT = "stretches";

    @Test
    void shouldReadAllBeforeAnythingIsSafe() throws Exception {
        try (Stand stand = new Stand("10");
                StretchReading stretches = stand.begin()) {
            assertThat(stretches.isAhead()).isTrue();
            int read = 0;
            Piece piece = stand.next(stretches);
            for (; !(piece instanceof End); piece = stand.next(stretches)) {
                read += piece instanceof StretchEnd ? 1 : 0;
            }
            ((End) piece).throwIfFailed();
            assertThat(((End) piece).leftToStream()).isFalse();
            assertThat(read).isGreaterThan(2);
            assertThat(stand.confirmed()).as("nothing is safe").isEqualTo(stand.from);
        }
    }

    @Test
    void shouldAdvanceTheSlotBehindWhatIsSafe() throws Exception {
        try (Stand stand = new Stand("10");
                StretchReading stretches = stand.reading()) {
            long safe = stand.from + (32 << 10);
            stretches.safe(safe);
            stretches.begin();
            Piece piece = stand.next(stretches);
            while (!(piece instanceof End)) {
                piece = stand.next(stretches);
            }
            // The server goes on to the end of a record.
            assertThat(stand.confirmed() - safe).isBetween(0L, 1L << 10);
        }
    }

    /** Without a slot to copy it to. */
    @Test
    void shouldWaitUntilAStretchIsSafe() throws Exception {
        try (Stand stand = new Stand("1");
                StretchReading stretches = stand.begin()) {
            assertThat(stretches.isAhead()).isFalse();
            int read = 0;
            for (Piece piece = stand.next(stretches); !(piece instanceof End); piece = stand.next(stretches)) {
                if (piece instanceof StretchEnd end) {
                    read++;
                    assertThat(stretches.take(50))
                            .as("stretch %d is not safe", read)
                            .isNull();
                    assertThat(Lsn.isBefore(stand.confirmed(), end.lsn())).isTrue();
                    stretches.safe(end.lsn());
                    Waiting.until("the slot is advanced", () -> stand.confirmed() == end.lsn());
                }
            }
            assertThat(read).isGreaterThan(2);
        }
    }

    /** Whatever the thread is about: it decodes, reads, waits for room, asks or advances the slot. */
    @ParameterizedTest
    @ValueSource(strings = {"10", "1"})
    void shouldEndAtAnyMoment(String slots) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        // Each stretch is more than may be held, so the thread waits in the middle of one.
        CatchUpPolicy policy = new CatchUpPolicy(1 << 20, 512 << 10, 256 << 20);
        try (Stand stand = new Stand(slots)) {
            stand.sql(
                    "DO $$ BEGIN FOR i IN 5001..30000 LOOP INSERT INTO item VALUES (i, 'row'); COMMIT; END LOOP; END $$");
            for (int i = 0; i < 40; i++) {
                StretchReading stretches = new StretchReading(policy, stand.reader, stand.from, 1);
                stretches.begin();
                long end = System.nanoTime() + random.nextInt(100_000_000);
                while (System.nanoTime() < end) {
                    Piece piece = stretches.take(1);
                    if (piece instanceof Messages some) {
                        stretches.giveBack(some);
                    } else if (piece instanceof StretchEnd stretch && random.nextBoolean()) {
                        stretches.safe(stretch.lsn());
                    }
                }
                CompletableFuture<Void> closing = CompletableFuture.runAsync(stretches::close);
                assertThat(closing).as("seed=%d round=%d", seed, i).succeedsWithin(Duration.ofSeconds(20));
                stand.reader.close();
                stand.openAgain();
                stand.from = stand.confirmed();
            }
        }
    }

    @Test
    void shouldSayAtTheEndWhyItCannotBeRead() throws Exception {
        try (Stand stand = new Stand("10")) {
            stand.sql("SELECT pg_terminate_backend(" + stand.reader.serverPid() + ")");
            try (StretchReading stretches = stand.begin()) {
                Piece piece = stand.next(stretches);
                assertThat(piece).isInstanceOf(End.class);
                assertThatThrownBy(((End) piece)::throwIfFailed)
                        .hasMessageStartingWith("backlog: broken, slot=" + SLOT);
            }
        }
    }

    /** A server with a slot, and some megabytes of log behind it. */
    private static final class Stand implements AutoCloseable {
        private final TestBed bed;
        private final Postgres catalog;
        private final StreamOptions options;
        BacklogReader reader;
        long from;

        Stand(String slots) throws Exception {
            bed = TestBed.on(PostgresOptions.of("18").with("max_replication_slots", slots));
            bed.sql("CREATE TABLE item (id int PRIMARY KEY, name text)");
            catalog = Postgres.connect(bed.settings().postgres());
            new Slots(catalog).create(SLOT, Plugin.TEST_DECODING).close();
            from = confirmed();
            bed.sql(
                    "DO $$ BEGIN FOR i IN 1..5000 LOOP INSERT INTO item VALUES (i, 'row'); COMMIT; END LOOP; END $$",
                    "CHECKPOINT");
            options = new StreamOptions(
                    SLOT,
                    Plugin.TEST_DECODING,
                    List.of(),
                    false,
                    false,
                    0,
                    catalog.serverVersion(),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30));
            reader = open();
        }

        /** Another, when the one before is closed. */
        void openAgain() {
            Waiting.until(
                    "the slot is free",
                    () -> new Slots(catalog).find(SLOT).orElseThrow().activePid() == 0);
            reader = open();
        }

        private BacklogReader open() {
            return BacklogReader.open(bed.settings().postgres(), options, new Catalog(catalog).resolver(List.of()));
        }

        StretchReading reading() {
            return new StretchReading(POLICY, reader, from, StretchReading.HELD_BYTES);
        }

        StretchReading begin() {
            StretchReading stretches = reading();
            stretches.begin();
            return stretches;
        }

        /** What is handed over next, given back at once. */
        Piece next(StretchReading stretches) {
            Piece piece = null;
            while (piece == null) {
                piece = stretches.take(1000);
            }
            if (piece instanceof Messages some) {
                stretches.giveBack(some);
            }
            return piece;
        }

        long confirmed() {
            return new Slots(catalog).find(SLOT).orElseThrow().confirmedFlushLsn();
        }

        void sql(String sql) throws Exception {
            bed.sql(sql);
        }

        @Override
        public void close() throws SQLException {
            reader.close();
            catalog.close();
            bed.close();
        }
    }
}
