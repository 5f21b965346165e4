package org.bottledwater.pipeline.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bottledwater.pipeline.audit.Difference.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The hashes of messages and rows, against the same done with maps. */
final class ComparisonTest {
    private static final int KEYS = 30_000;

    @TempDir
    Path folder;

    /** So few keys in memory that parts are divided, once and twice, and so many messages that blocks go to the file. */
    @ParameterizedTest
    @CsvSource({"1, 1000000", "1, 500", "8, 100", "64, 50"})
    void shouldFindWhatMapsFind(int parts, int keysMax) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<Integer, Long> topic = new HashMap<>();
        Map<Integer, Long> table = new HashMap<>();
        Comparison comparison = new Comparison(folder, keysMax, true);
        try (Spill messages = new Spill(folder, Comparison.MESSAGE, parts, 0);
                Spill rows = new Spill(folder, Comparison.rowSize(2), parts, 0)) {
            for (int i = 0; i < 3 * KEYS; i++) {
                int key = random.nextInt(KEYS);
                long value = random.nextInt(4);
                topic.put(key, value);
                message(messages, key, value == 0 ? Comparison.TOMBSTONE : (byte) (value % 2), value, 0, i);
            }
            for (int key = 0; key < KEYS; key++) {
                long value = random.nextInt(50) == 0 ? 2 : topic.getOrDefault(key, 0L);
                if (value != 0) {
                    table.put(key, value);
                    row(rows, key, value);
                }
            }
            comparison.compare(messages, rows);
        }
        Map<Kind, Long> expected = new HashMap<>();
        for (int key = 0; key < KEYS; key++) {
            long message = topic.getOrDefault(key, 0L);
            long row = table.getOrDefault(key, 0L);
            if (message != row) {
                expected.merge(message == 0 ? Kind.MISSING : row == 0 ? Kind.EXTRA : Kind.DIFFERENT, 1L, Long::sum);
            }
        }
        List<Long> found = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            found.add(comparison.suspects().keys().values().stream()
                    .filter(each -> each == kind)
                    .count());
        }
        assertThat(comparison.suspects().isWhole()).isTrue();
        assertThat(found)
                .as("seed=" + seed)
                .containsExactly(
                        expected.getOrDefault(Kind.MISSING, 0L),
                        expected.getOrDefault(Kind.EXTRA, 0L),
                        expected.getOrDefault(Kind.DIFFERENT, 0L));
        assertThat(folder).isEmptyDirectory();
    }

    /** A key that is in two partitions, as its bytes changed: the record's time tells. */
    @Test
    void shouldGoByTimeBetweenPartitionsAndByOrderWithinOne() {
        Comparison comparison = new Comparison(folder, 100, true);
        try (Spill messages = new Spill(folder, Comparison.MESSAGE, 1, 0);
                Spill rows = new Spill(folder, Comparison.rowSize(2), 1, 0)) {
            message(messages, 1, (byte) 0, 2, 0, 200);
            message(messages, 1, (byte) 0, 9, 1, 100);
            row(rows, 1, 2);
            message(messages, 2, (byte) 0, 9, 0, 100);
            message(messages, 2, (byte) 0, 2, 1, 200);
            row(rows, 2, 2);
            message(messages, 3, (byte) 0, 9, 0, 200);
            message(messages, 3, (byte) 0, 2, 0, 100);
            row(rows, 3, 2);
            comparison.compare(messages, rows);
        }
        assertThat(comparison.suspects().isEmpty()).isTrue();
    }

    @Test
    void shouldOnlyCountRowsThatWereNotToBeCopied() {
        Comparison comparison = new Comparison(folder, 100, false);
        try (Spill messages = new Spill(folder, Comparison.MESSAGE, 1, 0);
                Spill rows = new Spill(folder, Comparison.rowSize(2), 1, 0)) {
            row(rows, 1, 2);
            message(messages, 2, (byte) 0, 3, 0, 0);
            row(rows, 2, 2);
            comparison.compare(messages, rows);
        }
        assertThat(comparison.notCopied()).isEqualTo(1);
        assertThat(comparison.suspects().keys()).containsValue(Kind.DIFFERENT).hasSize(1);
    }

    private static void message(Spill spill, int key, byte kind, long value, int partition, long time) {
        ByteBuffer record = ByteBuffer.allocate(Comparison.MESSAGE);
        hash(record, key)
                .put(kind)
                .putLong(value * 10 + (kind == 1 ? 1 : 0))
                .putInt(partition)
                .putLong(time);
        spill.add(record.getLong(0), record);
    }

    /** A hash for each of two kinds. */
    private static void row(Spill spill, int key, long value) {
        ByteBuffer record = ByteBuffer.allocate(Comparison.rowSize(2));
        hash(record, key).put((byte) 1).putLong(value * 10).putLong(value * 10 + 1);
        spill.add(record.getLong(0), record);
    }

    private static ByteBuffer hash(ByteBuffer record, int key) {
        KeyHash hash = new KeyHash().of(ByteBuffer.allocate(4).putInt(key).array(), 0, 4);
        return record.putLong(hash.high()).putLong(hash.low());
    }
}
