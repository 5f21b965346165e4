package org.bottledwater.avro;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;

/**
 * The Avro schemas of a relation: {@code <schema>.<table>} for the row, all of whose fields are nullable, and
 * {@code <schema>.<table>_key} for its key, which has names and types only: {@link KeySchema}. The same relation always
 * gives the same text.
 */
public final class RowSchema {
    private final Relation relation;
    private final Schema key;
    private final Schema value;
    private final String keyText;
    private final String valueText;

    private RowSchema(Relation relation, Schema key, Schema value) {
        this.relation = relation;
        this.key = key;
        this.value = value;
        this.keyText = key.toString();
        this.valueText = value.toString();
    }

    /** @throws org.bottledwater.change.ConfigurationException when two columns have one name in Avro */
    public static RowSchema of(Relation relation, TypeOptions options) {
        SchemaPath namespace = new SchemaPath(
                AvroNames.name(relation.name().schema()),
                AvroNames.name(relation.name().table()));
        List<String> names = AvroNames.distinct(
                relation.name().toString(),
                relation.columns().stream().map(Column::name).toList());
        List<Schema.Field> values = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Column column = relation.columns().get(i);
            Schema schema = TypeTable.codec(relation, column, options).schema(namespace.field(column.name()));
            values.add(nullable(names.get(i), column, schema));
        }
        SchemaPath keyPath = new SchemaPath(namespace.namespace(), namespace.name() + "_key");
        List<Schema.Field> keys = new ArrayList<>();
        for (int i : relation.keyColumns()) {
            Column column = relation.columns().get(i);
            Schema schema = TypeTable.codec(relation, column, options).schema(keyPath.field(column.name()));
            keys.add(new Schema.Field(names.get(i), KeySchema.of(schema)));
        }
        return new RowSchema(
                relation, keyPath.record(keys.toArray(Schema.Field[]::new)), record(namespace, relation, values));
    }

    /** @throws IllegalStateException for an unkeyed relation */
    public Schema keySchema() {
        checkKeyed();
        return key;
    }

    public Schema valueSchema() {
        return value;
    }

    /** Of an envelope: {@link ChangeSchema}. */
    public Schema changeSchema() {
        return ChangeSchema.of(value);
    }

    /** @throws IllegalStateException for an unkeyed relation */
    public String keyText() {
        checkKeyed();
        return keyText;
    }

    /**
     * The key's columns and what they are in Avro, {@code id:int,at:{"type":"long",…}}; empty for an unkeyed relation. Rows of
     * two versions of a table have the same key bytes only if this is the same.
     */
    public String keySummary() {
        return key.getFields().stream()
                .map(field -> field.name() + ":" + summary(field.schema()))
                .collect(Collectors.joining(","));
    }

    private static String summary(Schema schema) {
        String text = schema.toString();
        return text.startsWith("\"") ? schema.getType().getName() : text;
    }

    public String valueText() {
        return valueText;
    }

    private void checkKeyed() {
        if (!relation.isKeyed()) {
            throw new IllegalStateException("no key: table=" + relation.name());
        }
    }

    private static Schema.Field nullable(String name, Column column, Schema schema) {
        String doc = column.comment().isEmpty() ? null : column.comment();
        Schema.Field field = new Schema.Field(name, SchemaPath.nullable(schema), doc, Schema.Field.NULL_DEFAULT_VALUE);
        field.addProp("pg.type", column.declaredType());
        return field;
    }

    private static Schema record(SchemaPath path, Relation relation, List<Schema.Field> fields) {
        String doc = relation.comment().isEmpty() ? null : relation.comment();
        return Schema.createRecord(path.name(), doc, path.namespace(), false, fields);
    }
}
