package org.bottledwater.bench.debezium;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.kafka.connect.data.Decimal;
import org.jspecify.annotations.Nullable;

/** The Avro schema of a Connect schema. */
final class ConnectSchemas {
    private final Map<String, Integer> names = new HashMap<>();

    private ConnectSchemas() {}

    static Schema avro(org.apache.kafka.connect.data.Schema schema) {
        return new ConnectSchemas().plain(schema);
    }

    private Schema nullable(org.apache.kafka.connect.data.Schema schema) {
        Schema plain = plain(schema);
        return schema.isOptional() ? Schema.createUnion(Schema.create(Schema.Type.NULL), plain) : plain;
    }

    private Schema plain(org.apache.kafka.connect.data.Schema schema) {
        return switch (schema.type()) {
            case INT8, INT16, INT32 -> Schema.create(Schema.Type.INT);
            case INT64 -> Schema.create(Schema.Type.LONG);
            case FLOAT32 -> Schema.create(Schema.Type.FLOAT);
            case FLOAT64 -> Schema.create(Schema.Type.DOUBLE);
            case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
            case STRING -> Schema.create(Schema.Type.STRING);
            case BYTES -> bytes(schema);
            case ARRAY -> Schema.createArray(nullable(schema.valueSchema()));
            case MAP -> Schema.createMap(nullable(schema.valueSchema()));
            case STRUCT -> record(schema);
        };
    }

    private static Schema bytes(org.apache.kafka.connect.data.Schema schema) {
        Schema bytes = Schema.create(Schema.Type.BYTES);
        if (Decimal.LOGICAL_NAME.equals(schema.name())) {
            int scale = Integer.parseInt(schema.parameters().get(Decimal.SCALE_FIELD));
            int precision = Integer.parseInt(schema.parameters().getOrDefault("connect.decimal.precision", "64"));
            return LogicalTypes.decimal(Math.max(precision, scale), scale).addToSchema(bytes);
        }
        return bytes;
    }

    private Schema record(org.apache.kafka.connect.data.Schema schema) {
        List<Schema.Field> fields = new ArrayList<>();
        for (org.apache.kafka.connect.data.Field field : schema.fields()) {
            Schema type = nullable(field.schema());
            fields.add(
                    type.isUnion()
                            ? new Schema.Field(escape(field.name()), type, null, Schema.Field.NULL_DEFAULT_VALUE)
                            : new Schema.Field(escape(field.name()), type));
        }
        String name = escape(orRecord(schema.name()));
        int uses = names.merge(name, 1, Integer::sum);
        return Schema.createRecord(uses == 1 ? name : name + "_" + uses, null, null, false, fields);
    }

    private static String orRecord(@Nullable String name) {
        return name == null ? "record" : name;
    }

    private static String escape(String name) {
        return name.replaceAll("[^A-Za-z0-9_]", "_");
    }
}
