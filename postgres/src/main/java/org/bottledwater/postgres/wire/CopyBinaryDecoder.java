package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.RowHandler;
import org.bottledwater.change.Tuple;

/**
 * Decodes {@code COPY … TO STDOUT (FORMAT binary)} (manual, "COPY", "Binary Format"). One instance per COPY; not
 * thread-safe.
 *
 * <p>The protocol lets a server cut the data anywhere, but PostgreSQL sends a row per message: such a row is seen in
 * place, and only one that is cut is put together in a buffer of our own.
 */
public final class CopyBinaryDecoder {
    private static final byte[] SIGNATURE = "PGCOPY\n\u00ff\r\n\0".getBytes(ISO_8859_1);
    private static final int HEADER_LENGTH = SIGNATURE.length + 8;

    /** Header and trailer. */
    static final int EMPTY_LENGTH = HEADER_LENGTH + Short.BYTES;

    private static final int OID_FLAG = 1 << 16;
    private static final int CRITICAL_FLAGS = 0xFFFF_0000;
    private static final int LENGTH_MAX = Integer.MAX_VALUE - 8;

    private enum Part {
        HEADER,
        ROWS,
        END
    }

    private final Relation relation;
    private final boolean[] asText;
    private final Tuple row = new Tuple();
    private Part part = Part.HEADER;
    private long rows;

    /** What is incomplete yet, and how many bytes it must have before it is worth another look. */
    private byte[] carry = new byte[0];

    private int carried;
    private long needed;

    /** @param asText for each column whether the query cast it to text: its bytes are the text form */
    public CopyBinaryDecoder(Relation relation, boolean[] asText) {
        if (asText.length != relation.columns().size()) {
            throw new IllegalArgumentException("copy: asText does not fit, table=" + relation + " columns="
                    + relation.columns().size() + " asText=" + asText.length);
        }
        this.relation = relation;
        this.asText = asText.clone();
    }

    /** Takes what one CopyData message carries. Tuples handed on are valid during the call. */
    public void data(byte[] buffer, int offset, int length, RowHandler handler) {
        if (carried == 0) {
            int end = offset + length;
            int consumed = read(buffer, offset, end, handler);
            keep(buffer, consumed, end - consumed);
            return;
        }
        keep(buffer, offset, length);
        if (carried < needed) {
            return;
        }
        int consumed = read(carry, 0, carried, handler);
        System.arraycopy(carry, consumed, carry, 0, carried - consumed);
        carried -= consumed;
    }

    /** Checks, when the server says that the COPY is done, that it is. */
    public void end() {
        if (part != Part.END || carried != 0) {
            throw malformed("ended early, rows=" + rows + " left=" + carried);
        }
    }

    private void keep(byte[] buffer, int offset, int length) {
        if (length > LENGTH_MAX - carried) {
            throw malformed("row too long, rows=" + rows + " length=" + ((long) carried + length));
        }
        if (carried + length > carry.length) {
            int doubled = (int) Math.min(LENGTH_MAX, carry.length * 2L);
            carry = Arrays.copyOf(carry, Math.max(carried + length, doubled));
        }
        System.arraycopy(buffer, offset, carry, carried, length);
        carried += length;
    }

    /** Reads all that is complete and returns where the rest begins. */
    private int read(byte[] buffer, int offset, int end, RowHandler handler) {
        int position = offset;
        if (part == Part.HEADER) {
            position = readHeader(buffer, position, end);
        }
        while (part == Part.ROWS && position < end) {
            int next = readRow(buffer, position, end, handler);
            if (next == position) {
                return position;
            }
            position = next;
        }
        if (part == Part.END && position < end) {
            throw malformed("bytes after the trailer, rows=" + rows + " left=" + (end - position));
        }
        return position;
    }

    /**
     * <pre>
     * Byte11  signature
     * Int32   flags: bit 16 for OIDs in the data; bits 17-31 are critical, too
     * Int32   length of the header's extension
     * Byten   extension, to be skipped
     * </pre>
     */
    private int readHeader(byte[] buffer, int offset, int end) {
        int comparable = Math.min(SIGNATURE.length, end - offset);
        if (!Arrays.equals(buffer, offset, offset + comparable, SIGNATURE, 0, comparable)) {
            throw malformed("not the signature of COPY binary");
        }
        if (isShort(offset, end, HEADER_LENGTH)) {
            return offset;
        }
        int flags = Bytes.int32(buffer, offset + SIGNATURE.length);
        if ((flags & OID_FLAG) != 0) {
            throw malformed("OIDs in the data were not asked for, flags=0x" + Integer.toHexString(flags));
        }
        if ((flags & CRITICAL_FLAGS) != 0) {
            throw malformed("unknown critical flags, flags=0x" + Integer.toHexString(flags));
        }
        int extension = Bytes.int32(buffer, offset + SIGNATURE.length + 4);
        if (extension < 0) {
            throw malformed("negative length of the header's extension, length=" + extension);
        }
        if (isShort(offset, end, (long) HEADER_LENGTH + extension)) {
            return offset;
        }
        part = Part.ROWS;
        return offset + HEADER_LENGTH + extension;
    }

    /**
     * <pre>
     * Int16  number of fields, or -1 for the trailer; and for each:
     *     Int32  length of the value, or -1 for NULL
     *     Byten  value
     * </pre>
     *
     * Returns {@code offset} while the row is incomplete.
     */
    private int readRow(byte[] buffer, int offset, int end, RowHandler handler) {
        if (isShort(offset, end, 2)) {
            return offset;
        }
        int count = Bytes.int16(buffer, offset);
        int position = offset + 2;
        if (count == -1) {
            part = Part.END;
            return position;
        }
        if (count != asText.length) {
            throw malformed("wrong number of fields, row=" + rows + " fields=" + count + " expected=" + asText.length);
        }
        row.wrap(buffer, count);
        for (int i = 0; i < count; i++) {
            if (isShort(offset, end, position - offset + 4L)) {
                return offset;
            }
            int length = Bytes.int32(buffer, position);
            position += 4;
            if (length < -1) {
                throw malformed("negative length, row=" + rows + " column=" + i + " length=" + length);
            }
            if (length < 0) {
                row.set(i, ColumnState.NULL);
                continue;
            }
            if (isShort(offset, end, (long) position - offset + length)) {
                return offset;
            }
            row.set(i, asText[i] ? ColumnState.TEXT : ColumnState.BINARY, position, length);
            position += length;
        }
        rows++;
        handler.row(relation, row);
        return position;
    }

    /** Whether what begins at {@code offset} needs more bytes than there are; remembers how many. */
    private boolean isShort(int offset, int end, long length) {
        needed = length;
        return length > end - offset;
    }

    private MalformedInputException malformed(String what) {
        return new MalformedInputException("copy: " + what + " table=" + relation);
    }
}
