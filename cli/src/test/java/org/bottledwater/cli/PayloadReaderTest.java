package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PayloadReaderTest {
    private static final Schema ROW = new Schema.Parser().parse("""
            {"type": "record", "name": "row", "fields": [
              {"name": "amount", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}]},
              {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
              {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
              {"name": "time", "type": {"type": "long", "logicalType": "time-micros"}},
              {"name": "ratio", "type": "double"},
              {"name": "raw", "type": "bytes"},
              {"name": "tags", "type": {"type": "array", "items": ["null", "string"]}},
              {"name": "more", "type": {"type": "map", "values": "int"}},
              {"name": "note", "type": ["null", "string"]}]}""");

    private final PayloadReader reader = new PayloadReader(id -> switch (id) {
        case 7 -> Optional.of(ROW.toString());
        case 8 -> Optional.of("{\"type\": \"object\"}");
        default -> Optional.empty();
    });

    private static byte[] avro(int id, Object datum) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(0);
        bytes.write(ByteBuffer.allocate(4).putInt(id).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<Object>(ROW).write(datum, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    private static GenericRecordBuilder row() {
        return new GenericRecordBuilder(ROW)
                .set(
                        "amount",
                        ByteBuffer.wrap(
                                new BigDecimal("-1234.50").unscaledValue().toByteArray()))
                .set("day", 19_000)
                .set("at", 1_700_000_000_123_456L)
                .set("local", 1_700_000_000_000_000L)
                .set("time", 3_600_000_000L)
                .set("ratio", 0.5)
                .set("raw", ByteBuffer.wrap(new byte[] {1, 2, 3}))
                .set("tags", new GenericData.Array<>(ROW.getField("tags").schema(), List.of("a")))
                .set("more", Map.of("n", 1))
                .set("note", null);
    }

    @Test
    void shouldWriteAvroAsAPersonWould() throws IOException {
        assertThat(reader.read(avro(7, row().build())).toString())
                .isEqualTo("{\"amount\":-1234.50,\"day\":\"2022-01-08\",\"at\":\"2023-11-14T22:13:20.123456Z\","
                        + "\"local\":\"2023-11-14T22:13:20\",\"time\":\"01:00\",\"ratio\":0.5,\"raw\":\"AQID\","
                        + "\"tags\":[\"a\"],\"more\":{\"n\":1},\"note\":null}");
    }

    @Test
    void shouldWriteTheExtremesOfTime() throws IOException {
        GenericRecordBuilder row = row().set("day", Integer.MIN_VALUE)
                .set("at", Long.MAX_VALUE)
                .set("local", 9_223_371_331_200_000_000L)
                .set("time", 86_400_000_000L)
                .set("ratio", Double.NaN);

        assertThat(reader.read(avro(7, row.build())).toString())
                .contains("\"day\":\"-infinity\"", "\"at\":\"infinity\"", "\"time\":\"24:00:00\"", "\"ratio\":\"NaN\"")
                .contains("\"local\":\"+294247-01-02T00:00\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":1.10,\"b\":[]} | {\"a\":1.10,\"b\":[]}",
                "12345678901234567890.00 | 12345678901234567890.00",
                "{\"a\":1} x | \"{\\\"a\\\":1} x\"",
                "plain text | \"plain text\"",
            })
    void shouldTakeWhatIsNotAvroAsJsonOrElseText(String payload, String shown) {
        assertThat(reader.read(payload.getBytes(StandardCharsets.UTF_8)).toString())
                .isEqualTo(shown);
    }

    @Test
    void shouldShowBytesThatAreNothingElseInBase64() throws IOException {
        byte[] cut = Arrays.copyOf(avro(7, row().build()), 12);

        assertThat(reader.read(new byte[] {0, 0, 0, 0, 9, 1}).toString()).isEqualTo("{\"base64\":\"AAAAAAkB\"}");
        assertThat(reader.read(new byte[] {0, 0, 0, 0, 8, 1}).toString()).isEqualTo("{\"base64\":\"AAAAAAgB\"}");
        assertThat(reader.read(cut).toString()).startsWith("{\"base64\":");
        assertThat(reader.read(new byte[] {(byte) 0xff}).toString()).isEqualTo("{\"base64\":\"/w==\"}");
        assertThat(reader.read(null).toString()).isEqualTo("null");
    }
}
