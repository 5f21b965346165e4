package org.bottledwater.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class ArrivalsTest {
    @Test
    void shouldReadTheRowsNumberFromItsKey() {
        assertThat(number("0000000001" + "02")).isEqualTo(1);
        assertThat(number("0000000001" + "01")).isEqualTo(-1);
        assertThat(number("0000000001" + "d804")).isEqualTo(300);
    }

    private static long number(String hex) {
        return Arrivals.number(HexFormat.of().parseHex(hex));
    }
}
