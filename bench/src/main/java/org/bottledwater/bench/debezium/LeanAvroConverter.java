package org.bottledwater.bench.debezium;

import java.net.URI;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;

/**
 * Connect's values as Avro in Confluent's wire format, with as little work as can be: a writer per schema, made once, that
 * goes from the value straight to bytes. Every converter that can be downloaded makes an Avro record of the value first.
 */
public final class LeanAvroConverter implements Converter {
    /** What a schema is written with; the connector gives the same schema object with each row of a table. */
    private record Plan(int schemaId, ConnectWriter writer) {}

    private final IdentityHashMap<Schema, Plan> plans = new IdentityHashMap<>();
    private final AvroBytes out = new AvroBytes();
    private String registry = "";
    private boolean isKey;

    @Override
    public void configure(Map<String, ?> settings, boolean isKeyConverter) {
        registry = String.valueOf(settings.get("schema.registry.url"));
        isKey = isKeyConverter;
    }

    @Override
    public byte @Nullable [] fromConnectData(String topic, @Nullable Schema schema, @Nullable Object value) {
        if (value == null || schema == null) {
            return null;
        }
        Plan plan = plans.get(schema);
        if (plan == null) {
            plan = plan(topic, schema);
            plans.put(schema, plan);
        }
        out.begin(plan.schemaId());
        plan.writer().write(value, out);
        return out.finish();
    }

    private Plan plan(String topic, Schema schema) {
        String text = ConnectSchemas.avro(schema).toString();
        int id = Registration.register(URI.create(registry), topic + (isKey ? "-key" : "-value"), text);
        return new Plan(id, ConnectWriter.of(schema));
    }

    @Override
    public SchemaAndValue toConnectData(String topic, byte[] value) {
        throw new DataException("this converter only writes: topic=" + topic);
    }
}
