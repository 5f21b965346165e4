package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.bottledwater.sandbox.Waiting;
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
            try (BacklogReader reader =
                    BacklogReader.open(database.address(), options, new Catalog(catalog).resolver(List.of()))) {
                database.execute(
                        "INSERT INTO t VALUES (1)",
                        "CHECKPOINT",
                        "INSERT INTO t SELECT generate_series(2, 2001)",
                        "CHECKPOINT");
                Waiting.until("all is on disk", () -> reader.endOfRecords(MARGIN) == reader.end());
                long end = reader.endOfRecords(MARGIN);
                Recorder recorder = new Recorder();
                assertThat(reader.begin(end)).isTrue();
                while (reader.poll(recorder)) {
                    // Until there is no more.
                }
                assertThat(recorder.lines)
                        .filteredOn(line -> line.startsWith("insert"))
                        .hasSize(2001);
                // The first brings it to the first list of running transactions that is in the log, the second to the
                // last.
                reader.advance(end);
                reader.advance(end);
                Slot slot = slots.find(SLOT).orElseThrow();
                assertThat(slot.confirmedFlushLsn()).isEqualTo(end);
                assertThat(end - slot.restartLsn()).as("decoded again").isBetween(0L, 4096L);
            }
            slots.drop(SLOT);
        }
    }
}
