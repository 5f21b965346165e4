package org.bottledwater.avro;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.bottledwater.change.Column;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;

/**
 * Encodes the rows of one relation. It is made once per version of the relation and schema; then no row asks again what
 * a type means. Not thread-safe.
 */
public final class RowEncoder {
    static final byte[] NO_PREFIX = {};

    private final Relation relation;
    private final Codec[] codecs;

    /** For each column of the relation, which one of the row it is. */
    private final int[] source;

    /** How many columns the rows have: also those that are not sent. */
    private final int width;

    private final byte[][] labels;
    private final int[] keyColumns;

    /** Those with composite values. */
    private final int[] composites;

    private final ValueWriter out;
    private final byte[] keyPrefix;
    private final byte[] valuePrefix;
    private int xid = RowAge.NOW;

    private RowEncoder(
            Relation relation,
            int[] source,
            int width,
            TypeOptions options,
            ValueWriter out,
            byte[] keyPrefix,
            byte[] valuePrefix) {
        List<Column> columns = relation.columns();
        this.relation = relation;
        this.source = source;
        this.width = width;
        this.codecs = columns.stream()
                .map(column -> TypeTable.codec(relation, column, options))
                .toArray(Codec[]::new);
        this.labels =
                columns.stream().map(column -> JsonWriter.label(column.name())).toArray(byte[][]::new);
        this.keyColumns =
                relation.keyColumns().stream().mapToInt(Integer::intValue).toArray();
        this.composites = IntStream.range(0, codecs.length)
                .filter(column -> codecs[column].hasComposites())
                .toArray();
        this.out = out;
        this.keyPrefix = keyPrefix;
        this.valuePrefix = valuePrefix;
    }

    /** Confluent's wire format: a zero, the schema's id in four bytes, Avro's binary encoding. */
    public static RowEncoder avro(Relation relation, TypeOptions options, int keySchemaId, int valueSchemaId) {
        return avro(relation, inOrder(relation), relation.columns().size(), options, keySchemaId, valueSchemaId);
    }

    /** A JSON object. */
    public static RowEncoder json(Relation relation, TypeOptions options) {
        return json(relation, inOrder(relation), relation.columns().size(), options);
    }

    /**
     * As the other, for rows with their columns in another order, or with more of them.
     *
     * @param source for each column of {@code relation}, its position in the rows
     * @param width how many columns the rows have
     */
    public static RowEncoder avro(
            Relation relation, int[] source, int width, TypeOptions options, int keySchemaId, int valueSchemaId) {
        return new RowEncoder(
                relation,
                source.clone(),
                width,
                options,
                new AvroWriter(options.anyBytes()),
                prefix(keySchemaId),
                prefix(valueSchemaId));
    }

    /**
     * As the other, for rows with their columns in another order, or with more of them.
     *
     * @param source for each column of {@code relation}, its position in the rows
     * @param width how many columns the rows have
     */
    public static RowEncoder json(Relation relation, int[] source, int width, TypeOptions options) {
        return new RowEncoder(
                relation, source.clone(), width, options, new JsonWriter(options.anyBytes()), NO_PREFIX, NO_PREFIX);
    }

    private static int[] inOrder(Relation relation) {
        return IntStream.range(0, relation.columns().size()).toArray();
    }

    static byte[] prefix(int schemaId) {
        return ByteBuffer.allocate(5).put((byte) 0).putInt(schemaId).array();
    }

    /**
     * The message key, in an array of its own, from a row or from an old key: only the key's columns are looked at.
     *
     * @throws UnsupportedValueException when a value does not fit its column's Avro type, or is not what its type says
     * @throws MalformedInputException when the row has other columns than the relation, or a null in its key
     * @throws IllegalStateException for an unkeyed relation, or a column that is {@link ColumnState#UNCHANGED}
     */
    public byte[] key(Tuple row) {
        if (keyColumns.length == 0) {
            throw new IllegalStateException("no key: table=" + relation.name());
        }
        checkSize(row);
        out.begin(keyPrefix);
        out.beginRecord();
        for (int column : keyColumns) {
            out.field(labels[column]);
            if (row.state(source[column]) == ColumnState.NULL) {
                throw new MalformedInputException("null in a key: column=" + where(column));
            }
            value(row, column);
        }
        out.endRecord();
        return out.finish();
    }

    /**
     * The message value, in an array of its own.
     *
     * @throws UnsupportedValueException when a value does not fit its column's Avro type, or is not what its type says
     * @throws MalformedInputException when the row has other columns than the relation
     * @throws IllegalStateException when a column is {@link ColumnState#UNCHANGED}: whoever calls fills it first
     */
    public byte[] value(Tuple row) {
        begin();
        write(row);
        return out.finish();
    }

    /** Begins a message value, the rest of which the caller writes. */
    ValueWriter begin() {
        out.begin(valuePrefix);
        return out;
    }

    /** The row within a message value; throws as {@link #value}. */
    void write(Tuple row) {
        write(row, false);
    }

    /** As {@link #write}, for an old row: what was not sent of it is null. */
    void writeKnown(Tuple row) {
        write(row, true);
    }

    private void write(Tuple row, boolean known) {
        checkSize(row);
        out.beginRecord();
        for (int column = 0; column < codecs.length; column++) {
            out.field(labels[column]);
            ColumnState state = row.state(source[column]);
            if (state == ColumnState.NULL || (known && state == ColumnState.UNCHANGED)) {
                out.absent();
            } else {
                out.present();
                value(row, column);
            }
        }
        out.endRecord();
    }

    private void value(Tuple row, int column) {
        int from = source[column];
        out.age().xid = row.isRead(from) ? RowAge.NOW : xid;
        try {
            switch (row.state(from)) {
                case TEXT -> codecs[column].text(row.buffer(), row.offset(from), row.length(from), out);
                case BINARY -> codecs[column].binary(row.buffer(), row.offset(from), row.length(from), out);
                case NULL, UNCHANGED ->
                    throw new IllegalStateException(
                            "no value to encode: column=" + where(column) + " state=" + row.state(from));
            }
        } catch (Unrepresentable | OtherShape e) {
            throw unsupported("unsupported value", column, e, true);
        } catch (UnsupportedValueException e) {
            throw unsupported("unsupported value", column, e, false);
        } catch (MalformedInputException e) {
            throw unsupported("malformed value", column, e, !(codecs[column] instanceof StringCodec));
        }
    }

    /** @param asText whether the value could be sent as text */
    private UnsupportedValueException unsupported(String what, int column, RuntimeException reason, boolean asText) {
        UnsupportedValueException named = new UnsupportedValueException(what + ": column=" + where(column) + ": "
                + reason.getMessage()
                + (asText ? "; give --column-type=" + where(column) + "=string to send the column as text" : ""));
        named.initCause(reason);
        return named;
    }

    /** Whether there are composite values in the rows. */
    public boolean hasComposites() {
        return composites.length > 0;
    }

    /** Whether the composite values of the row have the shapes that their types are known to have. Nothing is encoded. */
    public boolean fits(Tuple row) {
        for (int column : composites) {
            if (!canRead(row, column, true)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether there is a composite value in the row, or the old row, that is to be sent as text, and that came in binary
     * and has fields of types that are not known: its text only the server can tell.
     */
    public boolean needsText(Tuple row) {
        for (int column : composites) {
            if (codecs[column] instanceof StringCodec && !canRead(row, column, false)) {
                return true;
            }
        }
        return false;
    }

    private boolean canRead(Tuple row, int column, boolean mustBeNow) {
        int from = source[column];
        ColumnState state = from < row.size() ? row.state(from) : ColumnState.NULL;
        if (state != ColumnState.TEXT && state != ColumnState.BINARY) {
            return true;
        }
        out.begin(NO_PREFIX);
        out.age().mustBeNow = mustBeNow;
        try {
            value(row, column);
            return true;
        } catch (UnsupportedValueException e) {
            // What else may be wrong with it, its shape is not.
            return !(e.getCause() instanceof OtherShape) && (mustBeNow || !(e.getCause() instanceof Unrepresentable));
        } finally {
            out.age().mustBeNow = false;
        }
    }

    /** The rows that follow were written by this transaction, so that their composite values may be of earlier shapes. */
    public void begin(int newXid) {
        xid = newXid;
    }

    private void checkSize(Tuple row) {
        if (row.size() != width) {
            throw new MalformedInputException("row of another size than its table: table=" + relation.name()
                    + " expected=" + width + " size=" + row.size());
        }
    }

    private String where(int column) {
        return TypeTable.path(relation, relation.columns().get(column));
    }
}
