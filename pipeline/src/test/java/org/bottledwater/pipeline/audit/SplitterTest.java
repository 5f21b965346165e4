package org.bottledwater.pipeline.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.bottledwater.change.MalformedInputException;
import org.junit.jupiter.api.Test;

/** Values are cut where Avro's own writer, and JSON's grammar, has put their borders. */
final class SplitterTest {
    private static final Schema SCHEMA = SchemaBuilder.record("r")
            .fields()
            .name("n")
            .type(SchemaBuilder.unionOf().nullType().and().longType().endUnion())
            .noDefault()
            .name("s")
            .type(SchemaBuilder.unionOf().nullType().and().stringType().endUnion())
            .noDefault()
            .name("list")
            .type(SchemaBuilder.array()
                    .items(SchemaBuilder.unionOf().nullType().and().stringType().endUnion()))
            .noDefault()
            .name("map")
            .type(SchemaBuilder.map().values().doubleType())
            .noDefault()
            .name("inner")
            .type(SchemaBuilder.record("inner")
                    .fields()
                    .requiredBoolean("b")
                    .requiredFloat("f")
                    .requiredBytes("y")
                    .endRecord())
            .noDefault()
            .endRecord();

    @Test
    void shouldCutAvroAndFailOnEveryPrefix() throws IOException {
        GenericData.Record inner =
                new GenericData.Record(SCHEMA.getField("inner").schema());
        inner.put("b", true);
        inner.put("f", 1.5f);
        inner.put("y", ByteBuffer.wrap(new byte[300]));
        GenericData.Record row = new GenericData.Record(SCHEMA);
        row.put("n", Long.MIN_VALUE);
        row.put("s", "ü");
        row.put("list", Arrays.asList("a", null, "b"));
        row.put("map", Map.of("x", 0.5));
        row.put("inner", inner);
        List<byte[]> fields = new ArrayList<>();
        for (Schema.Field field : SCHEMA.getFields()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            new GenericDatumWriter<>(field.schema()).write(row.get(field.pos()), encoder);
            fields.add(out.toByteArray());
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(new byte[5]);
        for (byte[] field : fields) {
            whole.write(field);
        }
        byte[] value = whole.toByteArray();
        Spans spans = new Spans();
        AvroSplitter splitter = new AvroSplitter(SCHEMA);
        splitter.split(value, 5, spans);
        for (int i = 0; i < fields.size(); i++) {
            assertThat(Arrays.copyOfRange(value, spans.from(i), spans.to(i))).isEqualTo(fields.get(i));
        }
        for (int length = 5; length < value.length; length++) {
            byte[] prefix = Arrays.copyOf(value, length);
            assertThatThrownBy(() -> splitter.split(prefix, 5, spans)).isInstanceOf(MalformedInputException.class);
        }
    }

    @Test
    void shouldCutJsonAndFailOnEveryPrefix() {
        String text = "{\"a\":1.50,\"b \\\"}\":\"x,\\\\\",\"c\":[{\"d\":[1,2]},null],\"\u00fc\":{\"e\":{}},\"f\":null}";
        JsonSplitter splitter = new JsonSplitter();
        Spans spans = new Spans();
        splitter.split(text.getBytes(UTF_8), spans);
        assertThat(splitter.names()).containsExactly("\"a\"", "\"b \\\"}\"", "\"c\"", "\"\u00fc\"", "\"f\"");
        List<String> values = new ArrayList<>();
        for (int i = 0; i < spans.count(); i++) {
            values.add(new String(text.getBytes(UTF_8), spans.from(i), spans.to(i) - spans.from(i), UTF_8));
        }
        assertThat(values).containsExactly("1.50", "\"x,\\\\\"", "[{\"d\":[1,2]},null]", "{\"e\":{}}", "null");
        for (int length = 0; length < text.length() - 1; length++) {
            byte[] prefix = text.substring(0, length).getBytes(UTF_8);
            assertThatThrownBy(() -> splitter.split(prefix, spans)).isInstanceOf(MalformedInputException.class);
        }
    }

    @Test
    void shouldTellTypesWhoseBytesDiffer() {
        assertThat(same("\"int\"", "\"int\"")).isTrue();
        assertThat(same("\"int\"", "\"long\"")).isFalse();
        assertThat(same(decimal(10, 2), decimal(12, 2))).isTrue();
        assertThat(same(decimal(10, 2), decimal(10, 3))).isFalse();
        assertThat(same("\"bytes\"", decimal(10, 3))).isFalse();
        assertThat(same("[\"null\",\"int\"]", "[\"null\",\"string\"]")).isFalse();
        assertThat(same(record("int"), record("int"))).isTrue();
        assertThat(same(record("int"), record("string"))).isFalse();
    }

    private static String decimal(int precision, int scale) {
        return "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":" + precision + ",\"scale\":" + scale
                + "}";
    }

    private static String record(String type) {
        return "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"" + type + "\"}]}";
    }

    private static boolean same(String left, String right) {
        return AvroSplitter.sameType(new Schema.Parser().parse(left), new Schema.Parser().parse(right));
    }
}
