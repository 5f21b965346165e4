package org.bottledwater.avro;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.bottledwater.change.Tuple;
import org.jspecify.annotations.Nullable;

/**
 * Encodes changes of one relation: the row before and after, and what happened. It writes what {@link ChangeSchema}
 * describes, rows straight from where they lie. Not thread-safe.
 */
public final class ChangeEncoder {
    private static final byte[] BEFORE = JsonWriter.label(ChangeSchema.BEFORE);
    private static final byte[] AFTER = JsonWriter.label(ChangeSchema.AFTER);
    private static final byte[] OPERATION = JsonWriter.label(ChangeSchema.OPERATION);
    private static final byte[] LSN = JsonWriter.label(ChangeSchema.LSN);
    private static final byte[] SEQUENCE = JsonWriter.label(ChangeSchema.SEQUENCE);
    private static final byte[] XID = JsonWriter.label(ChangeSchema.XID);
    private static final byte[] TIME = JsonWriter.label(ChangeSchema.TIME);

    /** In front of the row in an envelope without {@code before}. */
    private static final byte[] JSON_HEAD = "{\"before\":null,\"after\":".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] AVRO_HEAD = {0, 2};
    private static final int AVRO_PREFIX = 5;

    private final RowEncoder rows;

    /** @param rows encodes the rows; what its values begin with, the envelopes begin with */
    public ChangeEncoder(RowEncoder rows) {
        this.rows = rows;
    }

    /**
     * The message value, in an array of its own. Columns of {@code before} without a value are null.
     *
     * @param sequence which message of its transaction it is, or {@link Origin#UNKNOWN}
     * @throws org.bottledwater.change.UnsupportedValueException as {@link RowEncoder#value}
     */
    public byte[] encode(
            Operation operation, @Nullable Tuple before, @Nullable Tuple after, Origin origin, long sequence) {
        ValueWriter out = rows.begin();
        out.beginRecord();
        out.field(BEFORE);
        if (before == null) {
            out.absent();
        } else {
            out.present();
            rows.writeKnown(before);
        }
        out.field(AFTER);
        if (after == null) {
            out.absent();
        } else {
            out.present();
            rows.write(after);
        }
        end(out, operation, origin, sequence);
        return out.finish();
    }

    /** An envelope without {@code before} around a row that {@link RowEncoder#avro} has encoded. */
    public static byte[] aroundAvro(byte[] row, Operation operation, Origin origin) {
        byte[] head = ByteBuffer.allocate(row.length + AVRO_HEAD.length)
                .put(row, 0, AVRO_PREFIX)
                .put(AVRO_HEAD)
                .put(row, AVRO_PREFIX, row.length - AVRO_PREFIX)
                .array();
        return around(new AvroWriter(false), head, operation, origin);
    }

    /** An envelope without {@code before} around a row that {@link RowEncoder#json} has encoded. */
    public static byte[] aroundJson(byte[] row, Operation operation, Origin origin) {
        byte[] head = ByteBuffer.allocate(JSON_HEAD.length + row.length)
                .put(JSON_HEAD)
                .put(row)
                .array();
        return around(new JsonWriter(false), head, operation, origin);
    }

    private static byte[] around(ValueWriter out, byte[] head, Operation operation, Origin origin) {
        out.begin(head);
        end(out, operation, origin, Origin.UNKNOWN);
        return out.finish();
    }

    private static void end(ValueWriter out, Operation operation, Origin origin, long sequence) {
        out.field(OPERATION);
        out.scratch.clear().append(operation.letter());
        out.textOfScratch();
        number(out, LSN, origin.lsn());
        number(out, SEQUENCE, sequence);
        number(out, XID, origin.xid());
        out.field(TIME);
        if (origin.timeMicros() == Origin.UNKNOWN) {
            out.absent();
        } else {
            out.present();
            out.instant(origin.timeMicros());
        }
        out.endRecord();
    }

    private static void number(ValueWriter out, byte[] label, long value) {
        out.field(label);
        if (value == Origin.UNKNOWN) {
            out.absent();
        } else {
            out.present();
            out.int64(value);
        }
    }
}
