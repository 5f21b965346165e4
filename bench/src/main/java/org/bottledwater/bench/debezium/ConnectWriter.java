package org.bottledwater.bench.debezium;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/** Writes the values of one schema. */
interface ConnectWriter {
    void write(Object value, AvroBytes out);

    static ConnectWriter of(Schema schema) {
        return switch (schema.type()) {
            case INT8, INT16, INT32, INT64 -> (value, out) -> out.int64(((Number) value).longValue());
            case FLOAT32 -> (value, out) -> out.fixed(Float.floatToIntBits((Float) value), Float.BYTES);
            case FLOAT64 -> (value, out) -> out.fixed(Double.doubleToLongBits((Double) value), Double.BYTES);
            case BOOLEAN -> (value, out) -> out.single((Boolean) value ? 1 : 0);
            case STRING -> (value, out) -> out.bytes(((String) value).getBytes(UTF_8));
            case BYTES -> (value, out) -> out.bytes(bytes(value));
            case STRUCT -> struct(schema);
            case ARRAY -> array(nullable(schema.valueSchema()));
            case MAP -> map(nullable(schema.valueSchema()));
        };
    }

    /** Optional is the union of null and the type. */
    private static ConnectWriter nullable(Schema schema) {
        ConnectWriter present = of(schema);
        return schema.isOptional()
                ? (value, out) -> {
                    out.single(2);
                    present.write(value, out);
                }
                : present;
    }

    private static ConnectWriter struct(Schema schema) {
        Field[] fields = schema.fields().toArray(Field[]::new);
        ConnectWriter[] writers = new ConnectWriter[fields.length];
        for (int i = 0; i < fields.length; i++) {
            writers[i] = nullable(fields[i].schema());
        }
        return (value, out) -> {
            Struct struct = (Struct) value;
            for (int i = 0; i < fields.length; i++) {
                Object field = struct.get(fields[i]);
                if (field == null) {
                    out.single(0);
                } else {
                    writers[i].write(field, out);
                }
            }
        };
    }

    private static ConnectWriter array(ConnectWriter item) {
        return (value, out) -> {
            List<?> items = (List<?>) value;
            if (!items.isEmpty()) {
                out.int64(items.size());
                for (Object one : items) {
                    if (one == null) {
                        out.single(0);
                    } else {
                        item.write(one, out);
                    }
                }
            }
            out.single(0);
        };
    }

    private static ConnectWriter map(ConnectWriter item) {
        return (value, out) -> {
            Map<?, ?> entries = (Map<?, ?>) value;
            if (!entries.isEmpty()) {
                out.int64(entries.size());
                entries.forEach((key, one) -> {
                    out.bytes(key.toString().getBytes(UTF_8));
                    item.write(one, out);
                });
            }
            out.single(0);
        };
    }

    private static byte[] bytes(Object value) {
        if (value instanceof byte[] array) {
            return array;
        }
        if (value instanceof BigDecimal decimal) {
            return decimal.unscaledValue().toByteArray();
        }
        ByteBuffer buffer = ((ByteBuffer) value).duplicate();
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(copy);
        return copy;
    }
}
