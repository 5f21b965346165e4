package org.bottledwater.avro;

import java.util.List;
import org.apache.avro.LogicalType;
import org.apache.avro.Schema;

/**
 * What the schema of a key holds: names and Avro types, logical ones among them. Its id is part of each key's bytes, so
 * whatever else stood in it, as a comment, {@code pg.type} or an enum's labels, would give a row a second key when it
 * changes.
 */
final class KeySchema {
    private KeySchema() {}

    static Schema of(Schema schema) {
        return switch (schema.getType()) {
            case RECORD -> {
                List<Schema.Field> fields = schema.getFields().stream()
                        .map(field -> new Schema.Field(field.name(), of(field.schema())))
                        .toList();
                yield Schema.createRecord(schema.getName(), null, schema.getNamespace(), false, fields);
            }
            case ARRAY -> Schema.createArray(of(schema.getElementType()));
            case MAP -> Schema.createMap(of(schema.getValueType()));
            case UNION ->
                Schema.createUnion(schema.getTypes().stream().map(KeySchema::of).toList());
            default -> {
                Schema bare = Schema.create(schema.getType());
                LogicalType type = schema.getLogicalType();
                yield type == null ? bare : type.addToSchema(bare);
            }
        };
    }
}
