package org.bottledwater.bench.micro;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** From PostgreSQL's bytes to Avro nothing is made but the key and the value. */
final class RowAllocationTest {
    private static final int ROWS = 100_000;

    /** Far less than a byte per row; what is left is the JVM's own (class loading, the measurement). */
    private static final long BYTES_MAX = 20_000;

    /** The parser of a date or time in text form, which the JVM's second compiler removes, but not the one of this test. */
    private static final long PARSER_BYTES = 48;

    private final RowPath path = RowPath.toAvro();

    @Test
    void shouldMakeOnlyKeyAndValueOfARowOfCopy() {
        byte[] row = TypicalRow.copyRow();
        assertOnlyKeyAndValue(() -> path.copyRow(row), 0);
    }

    @Test
    void shouldMakeOnlyKeyAndValueOfAnInsertInBinary() {
        byte[] insert = TypicalRow.insert(true);
        assertOnlyKeyAndValue(() -> path.pgOutput(insert), 0);
    }

    @Test
    void shouldMakeOnlyKeyAndValueAndATimesParserOfAnInsertAsText() {
        byte[] insert = TypicalRow.insert(false);
        assertOnlyKeyAndValue(() -> path.pgOutput(insert), PARSER_BYTES);
    }

    private void assertOnlyKeyAndValue(Runnable row, long bytesBeside) {
        repeat(row);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long messages = path.arrays;
        long heapBytes = path.heapBytes;
        long before = threads.getCurrentThreadAllocatedBytes();
        repeat(row);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(path.arrays - messages).isEqualTo(2 * ROWS);
        assertThat(allocated - (path.heapBytes - heapBytes) - ROWS * bytesBeside)
                .isLessThan(BYTES_MAX);
    }

    private static void repeat(Runnable row) {
        for (int i = 0; i < ROWS; i++) {
            row.run();
        }
    }
}
