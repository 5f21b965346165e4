package org.bottledwater.avro;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.bottledwater.change.Column;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.Type;

/** A table {@code public.t} of one column {@code v}, to see what becomes of single values. */
final class Column1 {
    /** PostgreSQL's longest number has 147,455 digits. */
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNumberLength(150_000)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private static final int ENVELOPE_BYTES = 5;

    private final Relation relation;
    private final TypeOptions options;
    private final RowSchema schema;
    private final RowEncoder avro;
    private final RowEncoder json;
    private final Tuple tuple = new Tuple();

    Column1(Type type, int typeModifier, int dimensions, TypeOptions options) {
        Column column = new Column("v", type, typeModifier, type.name(), dimensions, "");
        TableName name = new TableName("public", "t");
        this.relation = new Relation(1, name, ReplicaIdentity.FULL, List.of(column), List.of(), "");
        this.options = options;
        this.schema = RowSchema.of(relation, options);
        this.avro = RowEncoder.avro(relation, options, 1, 2);
        this.json = RowEncoder.json(relation, options);
    }

    Relation relation() {
        return relation;
    }

    RowSchema schema() {
        return schema;
    }

    byte[] avro(ColumnState state, byte[] value) {
        return avro.value(row(state, value));
    }

    String json(ColumnState state, byte[] value) {
        return new String(json.value(row(state, value)), StandardCharsets.UTF_8);
    }

    /** The value that a plain Avro reader sees; it must find nothing left over. */
    String decode(byte[] message) {
        try {
            BinaryDecoder decoder =
                    DecoderFactory.get().binaryDecoder(message, ENVELOPE_BYTES, message.length - ENVELOPE_BYTES, null);
            GenericRecord row = new GenericDatumReader<GenericRecord>(schema.valueSchema()).read(null, decoder);
            if (!decoder.isEnd()) {
                throw new AssertionError("bytes left over after the row: " + row);
            }
            Object value = row.get("v");
            if (value instanceof ByteBuffer buffer) {
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                return HexFormat.of().formatHex(bytes);
            }
            return String.valueOf(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + json, e);
        }
    }

    /** What PostgreSQL would print for the value with this binary form. */
    String render(byte[] value) {
        TextBuffer text = new TextBuffer();
        TypeTable.codec(relation, relation.columns().get(0), options).render(padded(value), 1, value.length, text);
        return text.toString();
    }

    /** The value lies between other bytes, as in a real row. */
    private Tuple row(ColumnState state, byte[] value) {
        tuple.wrap(padded(value), 1);
        tuple.set(0, state, 1, value.length);
        return tuple;
    }

    private static byte[] padded(byte[] value) {
        byte[] padded = new byte[value.length + 2];
        padded[0] = '1';
        System.arraycopy(value, 0, padded, 1, value.length);
        padded[padded.length - 1] = '"';
        return padded;
    }
}
