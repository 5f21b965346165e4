package org.bottledwater.connect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows in Avro into Connect's own form. It is made once per schema; then no row asks again what a type means. The
 * worker's thread only.
 */
// Connect has its times as java.util.Date.
@SuppressWarnings("JavaUtilDate")
final class RowReader {
    /** Confluent's converters write a decimal's precision from it. */
    private static final String PRECISION = "connect.decimal.precision";

    private static final String COLUMN_TYPE = "pg.type";
    private static final int WIRE_PREFIX = 5;

    private final Form form;
    private @Nullable BinaryDecoder decoder;

    /** A type in Connect, and how its values are read. */
    private record Form(org.apache.kafka.connect.data.Schema schema, Reading reading) {}

    @FunctionalInterface
    private interface Reading {
        @Nullable
        Object read(BinaryDecoder in) throws IOException;
    }

    private RowReader(Form form) {
        this.form = form;
    }

    static RowReader of(String schema, TimePrecision precision) {
        return new RowReader(form(new Schema.Parser().parse(schema), new Details("", "", false), precision));
    }

    org.apache.kafka.connect.data.Schema schema() {
        return form.schema();
    }

    /** Reads what follows the number of the schema. */
    @Nullable
    Object read(byte[] message) {
        decoder = DecoderFactory.get().binaryDecoder(message, WIRE_PREFIX, message.length - WIRE_PREFIX, decoder);
        try {
            return form.reading().read(decoder);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "not a row of schema " + form.schema().name(), e);
        }
    }

    /** What a field says of itself, beside its type. */
    private record Details(String doc, String columnType, boolean optional) {
        SchemaBuilder on(SchemaBuilder builder) {
            if (!doc.isEmpty()) {
                builder.doc(doc);
            }
            if (!columnType.isEmpty()) {
                builder.parameter(COLUMN_TYPE, columnType);
            }
            return optional ? builder.optional().defaultValue(null) : builder;
        }
    }

    private static Form form(Schema schema, Details details, TimePrecision precision) {
        return switch (schema.getType()) {
            case UNION -> nullable(schema, details, precision);
            case RECORD -> record(schema, details, precision);
            case ARRAY -> array(schema, details, precision);
            case MAP -> map(schema, details, precision);
            case BOOLEAN -> plain(SchemaBuilder.bool(), details, BinaryDecoder::readBoolean);
            case INT ->
                schema.getLogicalType() instanceof LogicalTypes.Date
                        ? plain(
                                org.apache.kafka.connect.data.Date.builder(),
                                details,
                                in -> new Date(TimeUnit.DAYS.toMillis(in.readInt())))
                        : plain(SchemaBuilder.int32(), details, BinaryDecoder::readInt);
            case LONG -> number(schema.getLogicalType(), details, precision);
            case FLOAT -> plain(SchemaBuilder.float32(), details, BinaryDecoder::readFloat);
            case DOUBLE -> plain(SchemaBuilder.float64(), details, BinaryDecoder::readDouble);
            case STRING -> plain(SchemaBuilder.string(), details, BinaryDecoder::readString);
            case BYTES -> bytes(schema.getLogicalType(), details);
            default -> throw new IllegalArgumentException("no such type in a row: " + schema.getType());
        };
    }

    private static Form plain(SchemaBuilder builder, Details details, Reading reading) {
        return new Form(details.on(builder).build(), reading);
    }

    /** The first branch is null. */
    private static Form nullable(Schema union, Details details, TimePrecision precision) {
        Form form = form(union.getTypes().get(1), new Details(details.doc(), details.columnType(), true), precision);
        Reading reading = form.reading();
        return new Form(form.schema(), in -> in.readIndex() == 0 ? null : reading.read(in));
    }

    private static Form number(@Nullable LogicalType type, Details details, TimePrecision precision) {
        if (type == null || precision == TimePrecision.MICROS) {
            SchemaBuilder builder = SchemaBuilder.int64();
            return plain(
                    type == null ? builder : builder.parameter("type", type.getName()), details, in -> in.readLong());
        }
        SchemaBuilder builder = type instanceof LogicalTypes.TimeMicros ? Time.builder() : Timestamp.builder();
        return plain(builder, details, in -> new Date(Math.floorDiv(in.readLong(), 1000L)));
    }

    private static Form bytes(@Nullable LogicalType type, Details details) {
        if (type instanceof LogicalTypes.Decimal decimal) {
            int scale = decimal.getScale();
            SchemaBuilder builder =
                    Decimal.builder(scale).parameter(PRECISION, Integer.toString(decimal.getPrecision()));
            return plain(builder, details, in -> new BigDecimal(new BigInteger(array(in)), scale));
        }
        return plain(SchemaBuilder.bytes(), details, RowReader::array);
    }

    private static byte[] array(BinaryDecoder in) throws IOException {
        ByteBuffer read = in.readBytes(null);
        byte[] bytes = new byte[read.remaining()];
        read.get(bytes);
        return bytes;
    }

    private static Form record(Schema schema, Details details, TimePrecision precision) {
        SchemaBuilder builder = SchemaBuilder.struct().name(schema.getFullName());
        if (schema.getDoc() != null) {
            builder.doc(schema.getDoc());
        }
        List<Reading> readings = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            String type = field.getProp(COLUMN_TYPE);
            Details of = new Details(field.doc() == null ? "" : field.doc(), type == null ? "" : type, false);
            Form form = form(field.schema(), of, precision);
            builder.field(field.name(), form.schema());
            readings.add(form.reading());
        }
        org.apache.kafka.connect.data.Schema built = details.on(builder).build();
        List<Field> fields = built.fields();
        return new Form(built, in -> {
            Struct struct = new Struct(built);
            for (int i = 0; i < fields.size(); i++) {
                struct.put(fields.get(i), readings.get(i).read(in));
            }
            return struct;
        });
    }

    private static Form array(Schema schema, Details details, TimePrecision precision) {
        Form item = form(schema.getElementType(), new Details("", "", false), precision);
        return plain(SchemaBuilder.array(item.schema()), details, in -> {
            List<@Nullable Object> items = new ArrayList<>();
            for (long count = in.readArrayStart(); count != 0; count = in.arrayNext()) {
                for (long i = 0; i < count; i++) {
                    items.add(item.reading().read(in));
                }
            }
            return items;
        });
    }

    private static Form map(Schema schema, Details details, TimePrecision precision) {
        Form value = form(schema.getValueType(), new Details("", "", false), precision);
        SchemaBuilder builder = SchemaBuilder.map(org.apache.kafka.connect.data.Schema.STRING_SCHEMA, value.schema());
        return plain(builder, details, in -> {
            Map<String, @Nullable Object> entries = new LinkedHashMap<>();
            for (long count = in.readMapStart(); count != 0; count = in.mapNext()) {
                for (long i = 0; i < count; i++) {
                    entries.put(in.readString(), value.reading().read(in));
                }
            }
            return entries;
        });
    }
}
