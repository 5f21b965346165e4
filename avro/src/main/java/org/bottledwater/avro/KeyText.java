package org.bottledwater.avro;

import java.nio.charset.StandardCharsets;
import org.bottledwater.change.Column;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;

/** The key of a row for people and for SQL. It is made for the rare case, not for every row. */
public final class KeyText {
    private static final byte[] UNREADABLE = "(unreadable)".getBytes(StandardCharsets.US_ASCII);

    private KeyText() {}

    /**
     * The key as a JSON object, {@code {"id":1}}; without columns for an unkeyed relation. It is for the messages that
     * tell of trouble, so what is wrong with a value does not stop it.
     */
    public static String of(Relation relation, Tuple row) {
        JsonWriter out = new JsonWriter(false);
        out.beginRecord();
        for (int column : relation.keyColumns()) {
            out.field(JsonWriter.label(relation.columns().get(column).name()));
            int start = out.position();
            try {
                value(relation.columns().get(column), row, column, out);
            } catch (MalformedInputException | Unrepresentable | IllegalStateException e) {
                out.rewind(start);
                out.text(UNREADABLE, 0, UNREADABLE.length);
            }
        }
        out.endRecord();
        return new String(out.finish(), StandardCharsets.UTF_8);
    }

    private static void value(Column definition, Tuple row, int column, JsonWriter out) {
        Codec codec = codec(definition, TypeOptions.DEFAULT);
        ColumnState state = column < row.size() ? row.state(column) : ColumnState.UNCHANGED;
        switch (state) {
            case NULL -> out.absent();
            case TEXT -> codec.text(row.buffer(), row.offset(column), row.length(column), out);
            case BINARY -> codec.binary(row.buffer(), row.offset(column), row.length(column), out);
            case UNCHANGED -> throw new IllegalStateException("unchanged");
        }
    }

    /**
     * A column in PostgreSQL's text form, which reads back as the same value; it is not quoted for SQL.
     *
     * @param moneyFraction as of {@link TypeOptions}
     * @throws IllegalStateException for a column without a value
     */
    public static String literal(Relation relation, Tuple row, int column, int moneyFraction) {
        Column definition = relation.columns().get(column);
        Codec codec = codec(definition, TypeOptions.DEFAULT.inDatabase(moneyFraction, false));
        TextBuffer text = new TextBuffer();
        switch (row.state(column)) {
            case TEXT -> codec.literal(row.buffer(), row.offset(column), row.length(column), text);
            case BINARY -> codec.render(row.buffer(), row.offset(column), row.length(column), text);
            case NULL, UNCHANGED ->
                throw new IllegalStateException("no value to print: column=" + TypeTable.path(relation, definition)
                        + " state=" + row.state(column));
        }
        return text.toString();
    }

    private static Codec codec(Column column, TypeOptions options) {
        return TypeTable.codec(column.type(), column.typeModifier(), column.dimensions(), options);
    }
}
