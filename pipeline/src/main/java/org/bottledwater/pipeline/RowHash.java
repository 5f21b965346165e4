package org.bottledwater.pipeline;

import java.util.zip.CRC32C;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Tuple;

/** A number in 32 bits by which two rows of one version of a table are almost surely told apart; equal rows have the same. */
final class RowHash {
    private final CRC32C crc = new CRC32C();

    /** What is not sent of a row is left out, as it may be unknown. */
    long of(Outlet outlet, Tuple row) {
        crc.reset();
        for (int i = 0; i < row.size(); i++) {
            if (outlet.isHidden(i)) {
                continue;
            }
            // NULL is none, as no value has this length.
            boolean hasValue = row.state(i) == ColumnState.TEXT || row.state(i) == ColumnState.BINARY;
            int length = hasValue ? row.length(i) : -1;
            for (int shift = 0; shift < 32; shift += 8) {
                crc.update(length >>> shift);
            }
            if (length > 0) {
                crc.update(row.buffer(), row.offset(i), length);
            }
        }
        return crc.getValue();
    }
}
