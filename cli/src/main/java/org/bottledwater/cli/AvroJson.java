package org.bottledwater.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/**
 * What Avro's own reader has read, as JSON that a person would write: no wrappers around the branch of a union, decimals
 * as numbers, dates and times in ISO 8601, bytes in base64.
 */
final class AvroJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final long DAY_MICROS = 86_400_000_000L;

    private AvroJson() {}

    static JsonNode of(Schema schema, @Nullable Object datum) {
        if (datum == null) {
            return NODES.nullNode();
        }
        return switch (schema.getType()) {
            case UNION -> of(schema.getTypes().get(GenericData.get().resolveUnion(schema, datum)), datum);
            case RECORD -> record(schema, (IndexedRecord) datum);
            case ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                ((Collection<?>) datum).forEach(item -> array.add(of(schema.getElementType(), item)));
                yield array;
            }
            case MAP -> {
                ObjectNode object = NODES.objectNode();
                ((Map<?, ?>) datum)
                        .forEach((name, value) -> object.set(name.toString(), of(schema.getValueType(), value)));
                yield object;
            }
            case INT -> number(schema.getLogicalType(), (Integer) datum);
            case LONG -> number(schema.getLogicalType(), (Long) datum);
            case FLOAT -> Float.isFinite((Float) datum) ? NODES.numberNode((Float) datum) : text(datum);
            case DOUBLE -> Double.isFinite((Double) datum) ? NODES.numberNode((Double) datum) : text(datum);
            case BOOLEAN -> NODES.booleanNode((Boolean) datum);
            case BYTES -> bytes(schema.getLogicalType(), remaining((ByteBuffer) datum));
            case FIXED -> bytes(schema.getLogicalType(), ((GenericFixed) datum).bytes());
            case STRING, ENUM -> text(datum);
            case NULL -> NODES.nullNode();
        };
    }

    private static JsonNode record(Schema schema, IndexedRecord datum) {
        ObjectNode object = NODES.objectNode();
        for (Schema.Field field : schema.getFields()) {
            object.set(field.name(), of(field.schema(), datum.get(field.pos())));
        }
        return object;
    }

    private static JsonNode text(Object datum) {
        return NODES.textNode(datum.toString());
    }

    private static byte[] remaining(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static JsonNode bytes(@Nullable LogicalType type, byte[] bytes) {
        if (type instanceof LogicalTypes.Decimal decimal && bytes.length > 0) {
            return NODES.numberNode(new BigDecimal(new BigInteger(bytes), decimal.getScale()));
        }
        return NODES.binaryNode(bytes);
    }

    private static JsonNode number(@Nullable LogicalType type, int value) {
        if (type instanceof LogicalTypes.Date) {
            return value == Integer.MAX_VALUE || value == Integer.MIN_VALUE
                    ? infinity(value > 0)
                    : text(LocalDate.ofEpochDay(value));
        }
        if (type instanceof LogicalTypes.TimeMillis) {
            return time(value * 1000L);
        }
        return NODES.numberNode(value);
    }

    private static JsonNode number(@Nullable LogicalType type, long value) {
        if (type instanceof LogicalTypes.TimeMicros) {
            return time(value);
        }
        if (type instanceof LogicalTypes.TimestampMicros) {
            return instant(value, ChronoUnit.MICROS, true);
        }
        if (type instanceof LogicalTypes.TimestampMillis) {
            return instant(value, ChronoUnit.MILLIS, true);
        }
        if (type instanceof LogicalTypes.LocalTimestampMicros) {
            return instant(value, ChronoUnit.MICROS, false);
        }
        if (type instanceof LogicalTypes.LocalTimestampMillis) {
            return instant(value, ChronoUnit.MILLIS, false);
        }
        return NODES.numberNode(value);
    }

    /** PostgreSQL knows the end of a day, 24:00:00, which {@link LocalTime} does not. */
    private static JsonNode time(long micros) {
        if (micros < 0 || micros > DAY_MICROS) {
            return NODES.numberNode(micros);
        }
        return micros == DAY_MICROS ? text("24:00:00") : text(LocalTime.ofNanoOfDay(micros * 1000));
    }

    private static JsonNode instant(long value, ChronoUnit unit, boolean utc) {
        if (value == Long.MAX_VALUE || value == Long.MIN_VALUE) {
            return infinity(value > 0);
        }
        try {
            Instant instant = Instant.EPOCH.plus(value, unit);
            return text(utc ? instant : instant.atOffset(ZoneOffset.UTC).toLocalDateTime());
        } catch (DateTimeException | ArithmeticException e) {
            return NODES.numberNode(value);
        }
    }

    /** PostgreSQL sends its infinite dates and times as the extremes of their integers. */
    private static JsonNode infinity(boolean positive) {
        return text(positive ? "infinity" : "-infinity");
    }
}
