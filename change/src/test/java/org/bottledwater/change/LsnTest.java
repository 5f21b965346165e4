package org.bottledwater.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LsnTest {
    @ParameterizedTest
    @ValueSource(strings = {"0/0", "0/16B3748", "16/B374D848", "1/0", "FFFFFFFF/FFFFFFFF", "80000000/80000000"})
    void shouldPrintWhatItParsed(String text) {
        assertThat(Lsn.toString(Lsn.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "0/", "/0", "0", "0/123456789", "123456789/0", "0/XYZ", "0/-1", "0/+1"})
    void shouldRefuseWhatIsNoPosition(String text) {
        assertThatThrownBy(() -> Lsn.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a log position: text=" + text);
    }

    @Test
    void shouldCompareAsUnsigned() {
        assertThat(Lsn.isBefore(Lsn.parse("0/1"), Lsn.parse("FFFFFFFF/0"))).isTrue();
        assertThat(Lsn.isBefore(Lsn.parse("FFFFFFFF/0"), Lsn.parse("0/1"))).isFalse();
        assertThat(Lsn.max(Lsn.parse("FFFFFFFF/0"), Lsn.parse("0/1"))).isEqualTo(Lsn.parse("FFFFFFFF/0"));
    }
}
