package org.bottledwater.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.bottledwater.change.Column;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;
import org.junit.jupiter.api.Test;

final class ChangeEncoderTest {
    private static final Relation ITEMS = items(List.of("id", "name"));
    private static final Origin ORIGIN = new Origin(0x1_0000_0010L, 4_000_000_000L, 1_700_000_000_123_456L);

    private final RowEncoder avroRows = RowEncoder.avro(ITEMS, TypeOptions.DEFAULT, 1, 7);
    private final RowEncoder jsonRows = RowEncoder.json(ITEMS, TypeOptions.DEFAULT);
    private final ChangeEncoder avro = new ChangeEncoder(avroRows);
    private final ChangeEncoder json = new ChangeEncoder(jsonRows);

    private static Relation items(List<String> texts) {
        List<Column> columns = new ArrayList<>();
        texts.forEach(name -> columns.add(new Column(name, Sample.TEXT, -1, "text", 0, "")));
        return new Relation(
                1, new TableName("public", "items"), ReplicaIdentity.FULL, columns, List.of(0), "What is sold");
    }

    private static Tuple row(String id, String name) {
        byte[] buffer = (id + name).getBytes(StandardCharsets.UTF_8);
        Tuple row = new Tuple();
        row.wrap(buffer, 2);
        row.set(0, ColumnState.TEXT, 0, id.length());
        if (!name.isEmpty()) {
            row.set(1, ColumnState.TEXT, id.length(), buffer.length - id.length());
        }
        return row;
    }

    private static GenericRecord read(byte[] message) throws IOException {
        Schema schema = RowSchema.of(ITEMS, TypeOptions.DEFAULT).changeSchema();
        assertThat(Arrays.copyOf(message, 5)).isEqualTo(new byte[] {0, 0, 0, 0, 7});
        var decoder = DecoderFactory.get().binaryDecoder(message, 5, message.length - 5, null);
        GenericRecord envelope = new GenericDatumReader<GenericRecord>(schema).read(null, decoder);
        assertThat(decoder.isEnd()).isTrue();
        return envelope;
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    @Test
    void shouldHaveBothRowsOfAnUpdate() throws IOException {
        Tuple before = row("1", "Mug");
        Tuple after = row("1", "");
        assertThat(read(avro.encode(Operation.UPDATE, before, after, ORIGIN, 3)))
                .hasToString(
                        "{\"before\": {\"id\": \"1\", \"name\": \"Mug\"}, \"after\": {\"id\": \"1\", \"name\": null},"
                                + " \"op\": \"u\", \"lsn\": 4294967312, \"seq\": 3, \"xid\": 4000000000,"
                                + " \"time\": 1700000000123456}");
        assertThat(text(json.encode(Operation.UPDATE, before, after, ORIGIN, 3)))
                .isEqualTo("{\"before\":{\"id\":\"1\",\"name\":\"Mug\"},\"after\":{\"id\":\"1\",\"name\":null},"
                        + "\"op\":\"u\",\"lsn\":4294967312,\"seq\":3,\"xid\":4000000000,"
                        + "\"time\":\"2023-11-14T22:13:20.123456Z\"}");
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() throws IOException {
        Origin unknown = new Origin(Origin.UNKNOWN, Origin.UNKNOWN, Origin.UNKNOWN);
        assertThat(read(avro.encode(Operation.DELETE, row("1", ""), null, unknown, Origin.UNKNOWN)))
                .hasToString(
                        "{\"before\": {\"id\": \"1\", \"name\": null}, \"after\": null, \"op\": \"d\", \"lsn\": null,"
                                + " \"seq\": null, \"xid\": null, \"time\": null}");
        assertThat(text(json.encode(Operation.CREATE, null, row("1", ""), unknown, Origin.UNKNOWN)))
                .isEqualTo("{\"before\":null,\"after\":{\"id\":\"1\",\"name\":null},\"op\":\"c\",\"lsn\":null,"
                        + "\"seq\":null,\"xid\":null,\"time\":null}");
    }

    @Test
    void shouldTakeWhatTheOldRowDoesNotCarryForNullAndInTheNewRowRefuseIt() {
        Tuple row = row("1", "");
        row.set(1, ColumnState.UNCHANGED);
        assertThat(text(json.encode(Operation.DELETE, row, null, ORIGIN, 1)))
                .startsWith("{\"before\":{\"id\":\"1\",\"name\":null},");
        assertThatThrownBy(() -> json.encode(Operation.UPDATE, null, row, ORIGIN, 1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldPutTheSameAroundARowThatIsEncodedAlready() {
        Tuple row = row("1", "Mug");
        assertThat(ChangeEncoder.aroundAvro(avroRows.value(row), Operation.READ, ORIGIN))
                .isEqualTo(avro.encode(Operation.READ, null, row, ORIGIN, Origin.UNKNOWN));
        assertThat(text(ChangeEncoder.aroundJson(jsonRows.value(row), Operation.READ, ORIGIN)))
                .isEqualTo(text(json.encode(Operation.READ, null, row, ORIGIN, Origin.UNKNOWN)));
    }

    @Test
    void shouldBeginAnewAfterAValueThatDoesNotFit() {
        RowEncoder rows = RowEncoder.json(
                new Relation(
                        1,
                        new TableName("public", "prices"),
                        ReplicaIdentity.FULL,
                        List.of(
                                new Column("id", Sample.TEXT, -1, "text", 0, ""),
                                new Column(
                                        "price", Sample.NUMERIC, Sample.numericModifier(4, 2), "numeric(4,2)", 0, "")),
                        List.of(0),
                        ""),
                TypeOptions.DEFAULT);
        ChangeEncoder changes = new ChangeEncoder(rows);
        assertThatThrownBy(() -> changes.encode(Operation.UPDATE, row("1", "NaN"), row("1", "2"), ORIGIN, 1))
                .isInstanceOf(UnsupportedValueException.class);
        assertThat(text(changes.encode(Operation.CREATE, null, row("1", "2.00"), ORIGIN, 1)))
                .startsWith("{\"before\":null,\"after\":{\"id\":\"1\",\"price\":2.00}");
    }

    @Test
    void shouldFindTheRowsSchemaInTheEnvelopes() {
        RowSchema schema = RowSchema.of(ITEMS, TypeOptions.DEFAULT);
        Schema parsed = new Schema.Parser().parse(schema.changeSchema().toString());
        assertThat(parsed.getFullName()).isEqualTo("public.items_change");
        assertThat(ChangeSchema.isEnvelope(parsed)).isTrue();
        assertThat(ChangeSchema.isEnvelope(schema.valueSchema())).isFalse();
        assertThat(ChangeSchema.row(parsed).toString()).isEqualTo(schema.valueText());
        assertThatThrownBy(() -> ChangeSchema.row(schema.valueSchema()))
                .hasMessage("not the schema of an envelope: schema=public.items");
    }

    @Test
    void shouldStayReadableBothWaysWhenColumnsComeAndGo() {
        Schema two = RowSchema.of(ITEMS, TypeOptions.DEFAULT).changeSchema();
        Schema other = RowSchema.of(items(List.of("id", "colour")), TypeOptions.DEFAULT)
                .changeSchema();
        for (List<Schema> pair : List.of(List.of(two, other), List.of(other, two))) {
            assertThat(SchemaCompatibility.checkReaderWriterCompatibility(pair.get(0), pair.get(1))
                            .getType())
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        }
    }

    @Test
    void shouldTellOfATransaction() throws IOException {
        TreeMap<String, Long> counts = new TreeMap<>(Map.of("orders", 2L, "items", 100L));
        TransactionEncoder inJson = TransactionEncoder.json();
        assertThat(text(inJson.key("shop"))).isEqualTo("{\"slot\":\"shop\"}");
        assertThat(text(inJson.value(ORIGIN, counts)))
                .isEqualTo("{\"xid\":4000000000,\"lsn\":4294967312,\"time\":\"2023-11-14T22:13:20.123456Z\","
                        + "\"count\":102,\"counts\":{\"items\":100,\"orders\":2}}");
        byte[] inAvro = TransactionEncoder.avro(1, 2).value(ORIGIN, counts);
        var decoder = DecoderFactory.get().binaryDecoder(inAvro, 5, inAvro.length - 5, null);
        assertThat(new GenericDatumReader<GenericRecord>(TransactionEncoder.valueSchema()).read(null, decoder))
                .asString()
                .startsWith("{\"xid\": 4000000000, \"lsn\": 4294967312, \"time\": 1700000000123456, \"count\": 102,")
                .contains("\"items\": 100", "\"orders\": 2");
        assertThat(decoder.isEnd()).isTrue();
    }
}
