package org.bottledwater.postgres.wire;

import java.util.List;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.Type;

/**
 * Takes the messages of a plugin out of a binary COPY of the columns {@code lsn} and {@code data} of
 * {@code pg_logical_slot_peek_binary_changes} or {@code …_get_…}. One instance per COPY; not thread-safe.
 */
public final class StretchDecoder {
    /** Of a stretch without any message, in bytes. */
    public static final int EMPTY_LENGTH = CopyBinaryDecoder.EMPTY_LENGTH;

    private static final Relation ANSWER = new Relation(
            0,
            new TableName("pg_catalog", "pg_logical_slot_peek_binary_changes"),
            ReplicaIdentity.NOTHING,
            List.of(
                    new Column("lsn", new Type.Base(3220, "pg_catalog", "pg_lsn"), -1, "pg_lsn", 0, ""),
                    new Column("data", new Type.Base(17, "pg_catalog", "bytea"), -1, "bytea", 0, "")),
            List.of(),
            "");

    private final CopyBinaryDecoder rows = new CopyBinaryDecoder(ANSWER, new boolean[2]);
    private final LogicalDecoder decoder;

    /** @param decoder of the plugin; it goes on from one stretch to the next */
    public StretchDecoder(LogicalDecoder decoder) {
        this.decoder = decoder;
    }

    /** Takes what one CopyData message carries. */
    public void data(byte[] buffer, int offset, int length, ChangeHandler handler) {
        rows.data(buffer, offset, length, (answer, row) -> message(row, handler));
    }

    private void message(Tuple row, ChangeHandler handler) {
        long lsn = row.length(0) == Long.BYTES ? Bytes.int64(row.buffer(), row.offset(0)) : 0;
        decoder.decode(row.buffer(), row.offset(1), row.length(1), lsn, handler);
    }

    /** Checks, when the server says that the COPY is done, that it is. */
    public void end() {
        rows.end();
    }
}
