package org.bottledwater.avro;

import java.util.List;
import org.apache.avro.Schema;

/**
 * Where a record stands in a schema, which decides its name: {@code public.orders} for the row of a table,
 * {@code public.orders_fields.address} for the composite value in its column {@code address},
 * {@code public.orders_fields.address_fields.country} for the one within that. So no two records of a schema share a
 * name, and no record has the name of a namespace, which code generators for Java cannot do with.
 */
record SchemaPath(String namespace, String name) {
    /** The place of the field {@code name}, as PostgreSQL calls it. */
    SchemaPath field(String field) {
        return new SchemaPath(namespace + "." + name + "_fields", AvroNames.name(field));
    }

    Schema.Field nullable(String name, Schema schema) {
        return new Schema.Field(name, nullable(schema), null, Schema.Field.NULL_DEFAULT_VALUE);
    }

    Schema record(Schema.Field... fields) {
        return Schema.createRecord(name, null, namespace, false, List.of(fields));
    }

    /** {@code ["null", T]}. */
    static Schema nullable(Schema schema) {
        return Schema.createUnion(Schema.create(Schema.Type.NULL), schema);
    }
}
