package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The path of a row makes no objects. */
final class AllocationTest {
    private static final int ROWS = 100_000;

    /** Far less than a byte per row; what is left is the JVM's own (class loading, the measurement). */
    private static final long BYTES_MAX = 20_000;

    private final CountingHandler counter = new CountingHandler();

    @Test
    void shouldNotAllocateForRowsOfPgOutput() {
        PgOutputDecoder decoder = new PgOutputDecoder(new FakeResolver());
        byte[] relation = PgOutputDecoderTest.relation();
        decoder.decode(relation, 0, relation.length, 1, counter);
        byte[][] rows = {
            PgOutputDecoderTest.insert(), PgOutputDecoderTest.updateOfKey(), PgOutputDecoderTest.delete('K')
        };

        assertNoAllocation(() -> {
            for (int i = 0; i < ROWS; i++) {
                byte[] row = rows[i % rows.length];
                decoder.decode(row, 0, row.length, 1, counter);
            }
        });
    }

    @Test
    void shouldNotAllocateForRowsOfTestDecoding() {
        FakeResolver resolver = new FakeResolver();
        resolver.generated.add("twice");
        resolver.has("public", "data", "id", "twice", "note");
        TestDecodingDecoder decoder = new TestDecodingDecoder(resolver);
        byte[][] rows = List.of(
                        "table public.data: DELETE: id[integer]:1",
                        "table public.data: INSERT: id[integer]:1 twice[integer]:2 note[text]:'it''s'",
                        "table public.data: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 twice[integer]:4"
                                + " note[text]:null",
                        "table public.other: INSERT: id[integer]:1")
                .stream()
                .map(text -> text.getBytes(UTF_8))
                .toArray(byte[][]::new);
        byte[] message = new byte[200];

        assertNoAllocation(() -> {
            for (int i = 0; i < ROWS; i++) {
                byte[] row = rows[i % rows.length];
                // A copy, as quoted values are changed in place.
                System.arraycopy(row, 0, message, 0, row.length);
                decoder.decode(message, 0, row.length, 1, counter);
            }
        });
    }

    @Test
    void shouldNotAllocateForRowsOfCopy() {
        CopyBinaryDecoder decoder = CopyBinaryDecoderTest.decoder();
        byte[] header = CopyBinaryDecoderTest.header();
        decoder.data(header, 0, header.length, counter);
        byte[] row = CopyBinaryDecoderTest.row(1, "one");

        assertNoAllocation(() -> {
            for (int i = 0; i < ROWS; i++) {
                decoder.data(row, 0, row.length, counter);
            }
        });
    }

    private void assertNoAllocation(Runnable work) {
        work.run();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(counter.rows).isEqualTo(2 * ROWS);
        assertThat(allocated).isLessThan(BYTES_MAX);
    }
}
