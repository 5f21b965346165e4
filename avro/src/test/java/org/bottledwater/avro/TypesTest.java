package org.bottledwater.avro;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.bottledwater.change.ColumnState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TypesTest {
    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#numbers")
    void shouldEncodeNumbers(Sample sample) {
        check(sample);
    }

    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#texts")
    void shouldEncodeTexts(Sample sample) {
        check(sample);
    }

    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#dateTimes")
    void shouldEncodeDatesAndTimes(Sample sample) {
        check(sample);
    }

    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#strings")
    void shouldEncodeWhatTravelsAsText(Sample sample) {
        check(sample);
    }

    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#geometry")
    void shouldEncodeGeometry(Sample sample) {
        check(sample);
    }

    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#containers")
    void shouldEncodeContainers(Sample sample) {
        check(sample);
    }

    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#extensions")
    void shouldEncodeTypesOfExtensions(Sample sample) {
        check(sample);
    }

    private static void check(Sample sample) {
        byte[] text = sample.text().getBytes(StandardCharsets.UTF_8);
        byte[] binary = sample.binary().array();
        Column1 column = new Column1(sample.type(), sample.typeModifier(), sample.dimensions(), TypeOptions.DEFAULT);

        byte[] message = column.avro(ColumnState.BINARY, binary);
        assertThat(column.avro(ColumnState.TEXT, text)).isEqualTo(message);
        assertThat(column.decode(message)).isEqualTo(sample.avro());
        assertThat(column.json(ColumnState.BINARY, binary)).isEqualTo("{\"v\":" + sample.json() + "}");
        assertThat(column.json(ColumnState.TEXT, text)).isEqualTo("{\"v\":" + sample.json() + "}");
        assertThat(Column1.parse(column.json(ColumnState.TEXT, text)).has("v")).isTrue();
        assertThat(TypeTable.readsBinary(sample.type())).isTrue();
    }
}
