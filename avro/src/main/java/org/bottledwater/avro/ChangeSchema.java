package org.bottledwater.avro;

import java.util.List;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * The Avro schema of an envelope: {@code <schema>.<table>_change}, which has the record of the row in it, twice. What may
 * change with the table is only that record, all of whose fields are nullable.
 */
public final class ChangeSchema {
    static final String BEFORE = "before";
    static final String AFTER = "after";
    static final String OPERATION = "op";
    static final String LSN = "lsn";
    static final String SEQUENCE = "seq";
    static final String XID = "xid";
    static final String TIME = "time";

    /** The names of an envelope's fields, in their order. */
    public static final List<String> FIELDS = List.of(BEFORE, AFTER, OPERATION, LSN, SEQUENCE, XID, TIME);

    /** Where the row as it is stands among the fields. */
    public static final int AFTER_POSITION = 1;

    private static final String SUFFIX = "_change";

    private ChangeSchema() {}

    /** @param row a table's record */
    static Schema of(Schema row) {
        Schema microseconds = LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
        return Schema.createRecord(
                row.getName() + SUFFIX,
                row.getDoc(),
                row.getNamespace(),
                false,
                List.of(
                        nullable(BEFORE, row, "The row as it was, as far as the log has it"),
                        nullable(AFTER, row, "The row as it is, null if it is gone"),
                        new Schema.Field(
                                OPERATION,
                                Schema.create(Schema.Type.STRING),
                                "c created, u updated, d deleted, r read by a snapshot"),
                        nullable(
                                LSN,
                                Schema.create(Schema.Type.LONG),
                                "Where the commit stands in PostgreSQL's log, in bytes"),
                        nullable(
                                SEQUENCE,
                                Schema.create(Schema.Type.LONG),
                                "Which message of its transaction it is, from 1"),
                        nullable(XID, Schema.create(Schema.Type.LONG), "The transaction"),
                        nullable(TIME, microseconds, "When it was committed")));
    }

    private static Schema.Field nullable(String name, Schema schema, String doc) {
        return new Schema.Field(name, SchemaPath.nullable(schema), doc, Schema.Field.NULL_DEFAULT_VALUE);
    }

    /** Whether a table's schema is that of its envelopes, and not of its rows. */
    public static boolean isEnvelope(Schema schema) {
        return schema.getType() == Schema.Type.RECORD
                && schema.getName().endsWith(SUFFIX)
                && schema.getFields().stream().map(Schema.Field::name).toList().equals(FIELDS);
    }

    /**
     * The record of the row within an envelope.
     *
     * @throws IllegalArgumentException if it is the schema of something else
     */
    public static Schema row(Schema envelope) {
        return envelope.getFields().stream()
                .filter(field -> field.name().equals(AFTER) && field.schema().isUnion())
                .flatMap(field -> field.schema().getTypes().stream())
                .filter(type -> type.getType() == Schema.Type.RECORD)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "not the schema of an envelope: schema=" + envelope.getFullName()));
    }
}
