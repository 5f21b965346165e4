package org.bottledwater.avro;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.bottledwater.change.Type;
import org.jspecify.annotations.Nullable;

/**
 * What a value in a message means to a consumer that has Avro's reader and the schema: as text that PostgreSQL reads, so that
 * the server can be asked whether it is its value, and as plain JSON. It knows nothing of how values are encoded.
 */
public final class Meaning {
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private Meaning() {}

    /** The value of a field, null for none, in the text form of the type. */
    public static @Nullable String literal(Type type, Schema schema, @Nullable Object value) {
        return value == null ? null : text(base(type), given(schema), value);
    }

    private static Type base(Type type) {
        return type instanceof Type.Domain domain ? base(domain.base()) : type;
    }

    /** The branch of a union with null that is not null. */
    static Schema given(Schema schema) {
        return schema.isUnion()
                ? schema.getTypes().stream()
                        .filter(branch -> branch.getType() != Schema.Type.NULL)
                        .findFirst()
                        .orElseThrow()
                : schema;
    }

    private static String text(Type type, Schema schema, Object value) {
        if (type instanceof Type.Array array && schema.getType() == Schema.Type.ARRAY) {
            return arrayText(array, schema, (List<?>) value);
        }
        if (type instanceof Type.Multirange multirange) {
            return ((List<?>) value)
                    .stream()
                            .map(range -> text(multirange.range(), given(schema.getElementType()), range))
                            .collect(Collectors.joining(",", "{", "}"));
        }
        if (type instanceof Type.Range range && value instanceof GenericRecord row) {
            return rangeText(range, row);
        }
        if (type instanceof Type.Composite composite && value instanceof GenericRecord row) {
            List<String> fields = new ArrayList<>();
            for (int i = 0; i < composite.fields().size(); i++) {
                String field = literal(composite.fields().get(i).type(), fieldSchema(row, i), row.get(i));
                fields.add(field == null ? "" : quoted(field, "\"\"", "\\\\"));
            }
            return "(" + String.join(",", fields) + ")";
        }
        if (value instanceof GenericRecord row) {
            return shapeText(type.name(), row);
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> quoted(entry.getKey().toString(), "\\\"", "\\\\") + "=>"
                            + (entry.getValue() == null
                                    ? "NULL"
                                    : quoted(entry.getValue().toString(), "\\\"", "\\\\")))
                    .collect(Collectors.joining(", "));
        }
        return scalarText(schema, value);
    }

    private static Schema fieldSchema(GenericRecord row, int position) {
        return row.getSchema().getFields().get(position).schema();
    }

    private static String quoted(String text, String quote, String backslash) {
        return "\"" + text.replace("\\", backslash).replace("\"", quote) + "\"";
    }

    /** Whether the elements are arrays of the same value, and no values that happen to be arrays. */
    private static boolean isInner(Type.Array array, Schema element) {
        Type type = base(array.element());
        return element.getType() == Schema.Type.ARRAY
                && !(type instanceof Type.Array || type instanceof Type.Multirange);
    }

    private static String arrayText(Type.Array array, Schema schema, List<?> values) {
        Schema element = given(schema.getElementType());
        return values.stream()
                .map(value -> {
                    if (value == null) {
                        return "NULL";
                    }
                    return isInner(array, element)
                            ? arrayText(array, element, (List<?>) value)
                            : quoted(text(base(array.element()), element, value), "\\\"", "\\\\");
                })
                .collect(Collectors.joining(String.valueOf(array.delimiter()), "{", "}"));
    }

    private static String rangeText(Type.Range range, GenericRecord row) {
        if (row.get("empty").equals(true)) {
            return "empty";
        }
        String lower =
                literal(range.subtype(), row.getSchema().getField("lower").schema(), row.get("lower"));
        String upper =
                literal(range.subtype(), row.getSchema().getField("upper").schema(), row.get("upper"));
        return (row.get("lower_inclusive").equals(true) ? "[" : "(")
                + (lower == null ? "" : quoted(lower, "\"\"", "\\\\"))
                + ","
                + (upper == null ? "" : quoted(upper, "\"\"", "\\\\"))
                + (row.get("upper_inclusive").equals(true) ? "]" : ")");
    }

    private static String shapeText(String type, GenericRecord row) {
        return switch (type) {
            case "point" -> point(row);
            case "line" -> "{" + row.get("a") + "," + row.get("b") + "," + row.get("c") + "}";
            case "lseg" -> "[" + point(row.get(0)) + "," + point(row.get(1)) + "]";
            case "box" -> point(row.get(0)) + "," + point(row.get(1));
            case "circle" -> "<" + point(row.get("center")) + "," + row.get("radius") + ">";
            case "path" ->
                row.get("closed").equals(true)
                        ? "(" + points(row.get("points")) + ")"
                        : "[" + points(row.get("points")) + "]";
            case "polygon" -> "(" + points(row.get("points")) + ")";
            default -> throw new AssertionError("a record for what type? " + type);
        };
    }

    private static String points(Object points) {
        return ((List<?>) points).stream().map(Meaning::point).collect(Collectors.joining(","));
    }

    private static String point(Object point) {
        GenericRecord row = (GenericRecord) point;
        return "(" + row.get("x") + "," + row.get("y") + ")";
    }

    private static String scalarText(Schema schema, Object value) {
        if (value instanceof ByteBuffer buffer) {
            byte[] bytes = bytes(buffer);
            return schema.getLogicalType() instanceof LogicalTypes.Decimal decimal
                    ? new BigDecimal(new BigInteger(bytes), decimal.getScale()).toPlainString()
                    : "\\x" + HexFormat.of().formatHex(bytes);
        }
        return switch (logical(schema)) {
            case "date" -> day((int) value, true);
            case "time-micros" -> time((long) value);
            case "local-timestamp-micros" -> timestamp((long) value, " ", "", true);
            case "timestamp-micros" -> timestamp((long) value, " ", "+00", true);
            default -> value.toString();
        };
    }

    private static String logical(Schema schema) {
        return schema.getLogicalType() == null ? "" : schema.getLogicalType().getName();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** @param era whether years before our era have its name, or a sign as in ISO 8601 */
    private static String day(int days, boolean era) {
        if (days == Integer.MAX_VALUE || days == Integer.MIN_VALUE) {
            return days > 0 ? "infinity" : "-infinity";
        }
        return date(days, era) + (era && isBeforeOurEra(days) ? " BC" : "");
    }

    private static boolean isBeforeOurEra(long days) {
        return LocalDate.ofEpochDay(days).getYear() < 1;
    }

    private static String date(long days, boolean era) {
        LocalDate date = LocalDate.ofEpochDay(days);
        return era
                ? String.format(
                        Locale.ROOT,
                        "%04d-%02d-%02d",
                        date.getYear() < 1 ? 1 - date.getYear() : date.getYear(),
                        date.getMonthValue(),
                        date.getDayOfMonth())
                : date.toString();
    }

    private static String time(long micros) {
        String seconds = String.format(
                Locale.ROOT,
                "%02d:%02d:%02d",
                micros / 3_600_000_000L,
                micros / 60_000_000 % 60,
                micros / 1_000_000 % 60);
        String fraction = String.format(Locale.ROOT, ".%06d", micros % 1_000_000);
        return seconds + fraction.replaceFirst("\\.?0+$", "");
    }

    private static String timestamp(long micros, String letter, String zone, boolean era) {
        if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
            return micros > 0 ? "infinity" : "-infinity";
        }
        long days = Math.floorDiv(micros, MICROS_PER_DAY);
        return date(days, era)
                + letter
                + time(Math.floorMod(micros, MICROS_PER_DAY))
                + zone
                + (era && isBeforeOurEra(days) ? " BC" : "");
    }

    /** @throws AssertionError if the JSON does not say what the value in Avro says */
    public static void checkJson(Type type, Schema schema, @Nullable Object value, JsonNode json) {
        if (value == null || json.isNull()) {
            // A JSON null as a value of json is text in Avro.
            boolean same =
                    value == null ? json.isNull() : value.toString().trim().equals("null");
            require(same, value, json);
            return;
        }
        check(base(type), given(schema), value, json);
    }

    private static void require(boolean holds, @Nullable Object value, JsonNode json) {
        if (!holds) {
            throw new AssertionError("Avro says " + value + ", JSON says " + json);
        }
    }

    private static void check(Type type, Schema schema, Object value, JsonNode json) {
        if (type instanceof Type.Array array && value instanceof List<?> list) {
            require(json.isArray() && json.size() == list.size(), value, json);
            Schema element = given(schema.getElementType());
            for (int i = 0; i < list.size(); i++) {
                checkJson(isInner(array, element) ? array : array.element(), element, list.get(i), json.get(i));
            }
        } else if (type instanceof Type.Multirange multirange) {
            List<?> list = (List<?>) value;
            require(json.size() == list.size(), value, json);
            for (int i = 0; i < list.size(); i++) {
                checkJson(multirange.range(), schema.getElementType(), list.get(i), json.get(i));
            }
        } else if (value instanceof GenericRecord row) {
            checkRecord(type, row, json);
        } else if (value instanceof Map<?, ?> map) {
            require(json.size() == map.size(), value, json);
            map.forEach((key, item) -> {
                JsonNode node = json.get(key.toString());
                require(item == null ? node.isNull() : node.textValue().equals(item.toString()), item, json);
            });
        } else {
            require(isSame(type, schema, value, json), value, json);
        }
    }

    private static void checkRecord(Type type, GenericRecord row, JsonNode json) {
        List<Schema.Field> fields = row.getSchema().getFields();
        require(json.size() == fields.size(), row, json);
        for (int i = 0; i < fields.size(); i++) {
            Object value = row.get(i);
            if (type instanceof Type.Composite composite) {
                Type.Field field = composite.fields().get(i);
                checkJson(field.type(), fields.get(i).schema(), value, json.get(field.name()));
            } else if (type instanceof Type.Range range && i < 2) {
                checkJson(
                        range.subtype(),
                        fields.get(i).schema(),
                        value,
                        json.get(fields.get(i).name()));
            } else if (value instanceof List<?> points) {
                for (int k = 0; k < points.size(); k++) {
                    checkRecord(
                            type,
                            (GenericRecord) points.get(k),
                            json.get("points").get(k));
                }
            } else {
                check(
                        type,
                        fields.get(i).schema(),
                        value,
                        json.get(fields.get(i).name()));
            }
        }
    }

    private static boolean isSame(Type type, Schema schema, Object value, JsonNode json) {
        if (type.name().equals("json") || type.name().equals("jsonb")) {
            return json.equals(Column1.parse(value.toString()));
        }
        if (value instanceof ByteBuffer buffer && logical(schema).isEmpty()) {
            return json.textValue().equals(Base64.getEncoder().encodeToString(bytes(buffer)));
        }
        if (value instanceof Boolean) {
            return json.isBoolean() && value.equals(json.booleanValue());
        }
        String text = scalarText(schema, value);
        return switch (logical(schema)) {
            case "date" -> json.textValue().equals(day((int) value, false));
            case "local-timestamp-micros" -> json.textValue().equals(timestamp((long) value, "T", "", false));
            case "timestamp-micros" -> json.textValue().equals(timestamp((long) value, "T", zone((long) value), false));
            default -> json.isNumber() ? isSameNumber(text, value, json) : text.equals(json.textValue());
        };
    }

    private static String zone(long micros) {
        return micros == Long.MAX_VALUE || micros == Long.MIN_VALUE ? "" : "Z";
    }

    private static boolean isSameNumber(String text, Object value, JsonNode json) {
        BigDecimal number = json.decimalValue();
        if (value instanceof Double d) {
            return number.doubleValue() == d;
        }
        if (value instanceof Float f) {
            return number.floatValue() == f;
        }
        BigDecimal said = new BigDecimal(text);
        return number.compareTo(said) == 0 && number.scale() == said.scale();
    }
}
