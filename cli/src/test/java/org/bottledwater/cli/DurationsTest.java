package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class DurationsTest {
    @ParameterizedTest
    @CsvSource({"1s,PT1S", "90s,PT1M30S", "15m,PT15M", "2h,PT2H", "30d,PT720H"})
    void shouldReadWhatPeopleWrite(String text, Duration expected) {
        assertThat(new Durations().convert(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "15", "m", "0s", "-1s", "1.5h", "1w", "1h30m", "9999999999s"})
    void shouldRefuseEverythingElse(String text) {
        assertThatThrownBy(() -> new Durations().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage("'" + text + "' is not like 90s, 15m, 2h or 1d");
    }
}
