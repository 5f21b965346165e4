package org.bottledwater.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.bottledwater.change.Column;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;
import org.junit.jupiter.api.Test;

final class RowEncoderTest {
    private static final Relation PRICES = new Relation(
            1,
            new TableName("public", "prices"),
            ReplicaIdentity.DEFAULT,
            List.of(
                    new Column("note", Sample.TEXT, -1, "text", 0, ""),
                    new Column("id", Sample.INT4, -1, "integer", 0, ""),
                    new Column("price", Sample.NUMERIC, Sample.numericModifier(4, 2), "numeric(4,2)", 0, "")),
            List.of(1),
            "");

    private final RowEncoder avro = RowEncoder.avro(PRICES, TypeOptions.DEFAULT, 0x01020304, 7);
    private final RowEncoder json = RowEncoder.json(PRICES, TypeOptions.DEFAULT);

    /** A row of texts; a hyphen stands for no value and takes {@code missing}. */
    private static Tuple row(ColumnState missing, String... values) {
        byte[] buffer = String.join("", values).replace("-", "").getBytes(StandardCharsets.UTF_8);
        Tuple row = new Tuple();
        row.wrap(buffer, values.length);
        int at = 0;
        for (int i = 0; i < values.length; i++) {
            if (values[i].equals("-")) {
                row.set(i, missing);
            } else {
                int length = values[i].getBytes(StandardCharsets.UTF_8).length;
                row.set(i, ColumnState.TEXT, at, length);
                at += length;
            }
        }
        return row;
    }

    @Test
    void shouldWriteConfluentsWireFormat() {
        Tuple row = row(ColumnState.NULL, "-", "3", "1.10");
        // 0, schema id, null, present 3, present one byte 110.
        assertThat(HexFormat.of().formatHex(avro.value(row))).isEqualTo("00" + "00000007" + "00" + "0206" + "02026e");
        assertThat(HexFormat.of().formatHex(avro.key(row))).isEqualTo("00" + "01020304" + "06");
    }

    @Test
    void shouldWriteJson() {
        Tuple row = row(ColumnState.NULL, "-", "3", "1.10");
        assertThat(new String(json.value(row), StandardCharsets.UTF_8))
                .isEqualTo("{\"note\":null,\"id\":3,\"price\":1.10}");
        assertThat(new String(json.key(row), StandardCharsets.UTF_8)).isEqualTo("{\"id\":3}");
    }

    @Test
    void shouldReadOnlyTheKeyColumnsForAKey() {
        assertThat(avro.key(row(ColumnState.UNCHANGED, "-", "3", "NaN")))
                .isEqualTo(avro.key(row(ColumnState.NULL, "-", "3", "-")));
    }

    @Test
    void shouldGiveEveryMessageAnArrayOfItsOwn() {
        byte[] first = avro.value(row(ColumnState.NULL, "a", "3", "1.10"));
        byte[] copy = first.clone();
        avro.value(row(ColumnState.NULL, "b", "4", "2.20"));
        assertThat(first).isEqualTo(copy);
    }

    @Test
    void shouldEncodeTheNextRowAfterOneThatFailed() {
        Tuple good = row(ColumnState.NULL, "a", "3", "1.10");
        byte[] expected = avro.value(good);
        Tuple bad = row(ColumnState.NULL, "a", "3", "NaN");
        assertThatThrownBy(() -> avro.value(bad)).isInstanceOf(UnsupportedValueException.class);
        assertThat(avro.value(good)).isEqualTo(expected);
    }

    @Test
    void shouldNameTheColumnAndTheWayOutOfAnUnsupportedValue() {
        assertThatThrownBy(() -> avro.value(row(ColumnState.NULL, "a", "3", "NaN")))
                .isInstanceOf(UnsupportedValueException.class)
                .hasMessage("unsupported value: column=public.prices.price: an Avro decimal cannot hold it, value=NaN;"
                        + " give --column-type=public.prices.price=string to send the column as text");
        TypeOptions asString = new TypeOptions(NumericMapping.DECIMAL, Map.of("public.prices.price", "string"));
        assertThat(new String(
                        RowEncoder.json(PRICES, asString).value(row(ColumnState.NULL, "a", "3", "NaN")),
                        StandardCharsets.UTF_8))
                .isEqualTo("{\"note\":\"a\",\"id\":3,\"price\":\"NaN\"}");
    }

    @Test
    void shouldRefuseMoreDigitsThanTheDecimalHas() {
        assertThatThrownBy(() -> avro.value(row(ColumnState.NULL, "a", "3", "100.00")))
                .hasMessageContaining("more digits than decimal(4,2) has, value=100.00");
        assertThatThrownBy(() -> avro.value(row(ColumnState.NULL, "a", "3", "1.001")))
                .hasMessageContaining("more fraction digits than the column's type has");
    }

    @Test
    void shouldRefuseArraysThatDoNotFit() {
        Column1 column = new Column1(Sample.array(Sample.INT4), -1, 1, TypeOptions.DEFAULT);
        for (String text : List.of("{{1}}", "[0:0][2:2]={{1}}")) {
            assertThatThrownBy(() -> column.avro(ColumnState.TEXT, text.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(UnsupportedValueException.class)
                    .hasMessageContaining("--column-type=public.t.v=string");
        }
    }

    @Test
    void shouldSendTheElementsOfArraysThatBeginElsewhere() {
        Column1 flat = new Column1(Sample.array(Sample.INT4), -1, 1, TypeOptions.DEFAULT);
        Column1 deep = new Column1(Sample.array(Sample.INT4), -1, 2, TypeOptions.DEFAULT);
        assertThat(flat.json(ColumnState.TEXT, "[-5:-4]={1,2}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("{\"v\":[1,2]}");
        assertThat(deep.json(ColumnState.TEXT, "[0:1][7:8]={{1,2},{NULL,4}}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("{\"v\":[[1,2],[null,4]]}");
        assertThatThrownBy(() -> flat.avro(ColumnState.TEXT, "[0:1]".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("array: malformed, text=[0:1]");
    }

    @Test
    void shouldRefuseWhatIsNotThere() {
        assertThatThrownBy(() -> avro.value(row(ColumnState.UNCHANGED, "-", "3", "1.10")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no value to encode: column=public.prices.note state=UNCHANGED");
        assertThatThrownBy(() -> avro.key(row(ColumnState.NULL, "a", "-", "1.10")))
                .isInstanceOf(MalformedInputException.class)
                .hasMessage("null in a key: column=public.prices.id");
        assertThatThrownBy(() -> avro.value(row(ColumnState.NULL, "a")))
                .isInstanceOf(MalformedInputException.class)
                .hasMessage("row of another size than its table: table=public.prices expected=3 size=1");
        assertThatThrownBy(() -> avro.value(row(ColumnState.NULL, "a", "x", "1.10")))
                .isInstanceOf(UnsupportedValueException.class)
                .hasMessage("malformed value: column=public.prices.id: integer: malformed, text=x"
                        + "; give --column-type=public.prices.id=string to send the column as text");
    }

    @Test
    void shouldWriteLongArraysAsOneBlock() {
        StringBuilder text = new StringBuilder("{0");
        for (int i = 1; i < 10_000; i++) {
            text.append(',').append(i);
        }
        Column1 column = new Column1(Sample.array(Sample.INT4), -1, 1, TypeOptions.DEFAULT);
        String array = text.append('}').toString();
        assertThat(column.decode(column.avro(ColumnState.TEXT, array.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(array.replace('{', '[').replace('}', ']').replace(",", ", "));
    }

    @Test
    void shouldPrintKeysForPeople() {
        assertThat(KeyText.of(PRICES, row(ColumnState.NULL, "a", "3", "1.10"))).isEqualTo("{\"id\":3}");
        assertThat(KeyText.of(PRICES, row(ColumnState.NULL, "a", "x", "1.10"))).isEqualTo("{\"id\":\"(unreadable)\"}");
        assertThat(KeyText.literal(PRICES, row(ColumnState.NULL, "a", "3", "1.10"), 2, 2))
                .isEqualTo("1.10");
        Tuple binary = new Tuple();
        binary.wrap(Bytes.bytes().i4(258).array(), 3);
        binary.set(1, ColumnState.BINARY, 0, 4);
        assertThat(KeyText.literal(PRICES, binary, 1, 2)).isEqualTo("258");
    }

    @Test
    void shouldSendUnknownTypesAsText() {
        Column1 column = new Column1(Sample.extension("mystery"), -1, 0, TypeOptions.DEFAULT);
        assertThat(column.json(ColumnState.TEXT, "abc".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("{\"v\":\"abc\"}");
        assertThat(TypeTable.readsBinary(Sample.extension("mystery"))).isFalse();
        assertThat(TypeTable.readsBinary(Sample.array(Sample.extension("mystery"))))
                .isFalse();
        assertThatThrownBy(() -> column.json(ColumnState.BINARY, new byte[1]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("type=mystery");
    }
}
