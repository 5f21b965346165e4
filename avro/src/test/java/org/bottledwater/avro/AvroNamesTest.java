package org.bottledwater.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bottledwater.change.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AvroNamesTest {
    @ParameterizedTest
    @CsvSource({
        "orders, orders",
        "Order_1, Order_1",
        "point-of-sale, point_2d_of_2d_sale",
        "1st, _31_st",
        "a b, a_20_b",
        "é, _c3__a9_",
        "🌍, _f0__9f__8c__8d_"
    })
    void shouldEscapeWhatAvroDoesNotAllow(String name, String escaped) {
        assertThat(AvroNames.name(name)).isEqualTo(escaped);
    }

    @ParameterizedTest
    @CsvSource({
        "point-of-sale.transactions, point-of-sale.transactions",
        "1st, 1st",
        "a b, a_20_b",
        "é, _c3__a9_",
        "., _2e_",
        ".., _2e__2e_"
    })
    void shouldEscapeWhatKafkaDoesNotAllow(String name, String escaped) {
        assertThat(AvroNames.topic(name)).isEqualTo(escaped);
    }

    @Test
    void shouldRefuseTwoColumnsWithOneName() {
        assertThatThrownBy(() -> AvroNames.distinct("public.t", List.of("a b", "c", "a_20_b")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(
                        "two columns have one name in Avro: table=public.t column=a b column=a_20_b name=a_20_b");
    }
}
