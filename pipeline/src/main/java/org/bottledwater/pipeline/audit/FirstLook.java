package org.bottledwater.pipeline.audit;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.kafka.TopicScan;
import org.bottledwater.pipeline.Settings;
import org.jspecify.annotations.Nullable;

/**
 * Compares a unit as a whole. Topic and table are read once, each key and value is hashed, and the hashes are divided
 * by the first bits of the key's into parts that fit into memory. The parts are compared one after the other.
 */
final class FirstLook {
    /** So many keys of a part are held in memory at a time: at most 40 MB while their number doubles. */
    private static final int KEYS_MAX = 300_000;

    private static final int KEYS_WANTED = 150_000;
    private static final int PARTS_MAX = 1024;

    private final Settings settings;
    private final AuditSettings how;
    private final Encoding encoding;
    private final Executor readers;
    private final Tally tally;
    private final Cut cut;
    private final Unit unit;
    private final Comparison comparison;
    private long rows;
    private long unrepresentable;

    /** What was seen; {@code unjudged} rows have a value that cannot be represented, or were not copied on purpose. */
    record Seen(long rows, long unjudged, Suspects suspects) {}

    /** @param wasCopied whether the rows from before the stream were to be copied */
    FirstLook(
            Settings settings,
            AuditSettings how,
            Encoding encoding,
            Executor readers,
            Tally tally,
            Cut cut,
            Unit unit,
            boolean wasCopied) {
        this.settings = settings;
        this.how = how;
        this.encoding = encoding;
        this.readers = readers;
        this.tally = tally;
        this.cut = cut;
        this.unit = unit;
        this.comparison = new Comparison(how.folder(), KEYS_MAX, wasCopied);
    }

    Seen look() {
        Map<Integer, String> registered = encoding.registered(unit.topic());
        long expected = Math.max(unit.estimatedRows(), cut.end(unit).messagesMax());
        int parts = parts(expected);
        try (UnitRows table = UnitRows.open(settings, cut, unit);
                Spill messages = new Spill(how.folder(), Comparison.MESSAGE, parts, 0);
                TopicScan scan = TopicScan.committed(settings.kafka(), unit.topic(), cut.end(unit))) {
            Layouts ofTopic = encoding.layouts(table.relation(), registered);
            Layouts ofTable = ofTopic.areMet() ? ofTopic : encoding.layouts(table.relation(), registered);
            CompletableFuture<@Nullable Void> reading = CompletableFuture.runAsync(
                    () -> readTopic(scan, encoding.unwrapping(unit.topic(), registered), ofTopic, messages), readers);
            if (ofTopic.areMet()) {
                await(reading);
            }
            try (Spill rowHashes = new Spill(how.folder(), Comparison.rowSize(ofTable.kinds()), parts, 0)) {
                readTable(table, ofTable, rowHashes, scan, reading);
                await(reading);
                comparison.compare(messages, rowHashes);
            }
        }
        return new Seen(rows, unrepresentable + comparison.notCopied(), comparison.suspects());
    }

    private static int parts(long expected) {
        long wanted = Math.min(PARTS_MAX, expected / KEYS_WANTED + 1);
        return Integer.highestOneBit((int) wanted * 2 - 1);
    }

    /** The reader has to be gone before what it writes to is closed. */
    private void readTable(
            UnitRows table, Layouts layouts, Spill into, TopicScan scan, CompletableFuture<@Nullable Void> reading) {
        try {
            readTable(table, layouts, into);
        } catch (RuntimeException e) {
            scan.stop();
            reading.handle((nothing, failure) -> failure).join();
            throw e;
        }
    }

    private static void await(CompletableFuture<@Nullable Void> reading) {
        try {
            reading.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void readTopic(TopicScan scan, Unwrapping rows, Layouts layouts, Spill into) {
        KeyHash hash = new KeyHash();
        ByteBuffer record = ByteBuffer.allocate(Comparison.MESSAGE);
        scan.read((place, key, value, headers) -> {
            tally.messages.increment();
            if (isLater(place, headers)) {
                return;
            }
            hash.of(key, 0, key.length);
            record.clear().putLong(hash.high()).putLong(hash.low());
            long high = hash.high();
            byte[] row = value == null ? null : rows.row(value);
            if (row == null) {
                record.put(Comparison.TOMBSTONE).putLong(0);
            } else {
                Optional<Layouts.Layout> layout = layouts.of(row).filter(found -> found.kind() != Layouts.UNKNOWN);
                record.put(layout.map(found -> (byte) found.kind()).orElse(Comparison.UNKNOWN))
                        .putLong(layout.map(found -> layouts.hash(row, found)).orElse(0L));
            }
            record.putInt(place.partition()).putLong(place.timestampMillis());
            into.add(high, record);
        });
    }

    private boolean isLater(TopicScan.Place place, Headers headers) {
        return cut.part(cut.wasBefore(unit, place), headers) == Cut.Part.LATER;
    }

    private void readTable(UnitRows table, Layouts layouts, Spill into) {
        KeyHash hash = new KeyHash();
        ByteBuffer record = ByteBuffer.allocate(into.recordSize());
        long[] hashes = new long[layouts.kinds()];
        table.read(encoding.keys(table.relation(), unit.topic()), (key, value, relation, row) -> {
            tally.rows.increment();
            rows++;
            if (value == null) {
                unrepresentable++;
            }
            if (key == null) {
                return;
            }
            hash.of(key, 0, key.length);
            record.clear().putLong(hash.high()).putLong(hash.low()).put((byte) (value == null ? 0 : 1));
            if (value != null) {
                layouts.hashes(value, hashes);
            }
            for (long each : hashes) {
                record.putLong(each);
            }
            into.add(hash.high(), record);
        });
    }
}
