package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TimeTextTest {
    private final TimeText times = new TimeText();

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                -1,
                1_000,
                -1_000,
                1_000_000,
                -1_000_000,
                120_000,
                1_764_414_234_000_000L,
                1_764_414_234_050_000L,
                1_764_414_234_000_050L,
                // Of PostgreSQL's the first and the last: 4714 BC and 294276.
                -210_866_803_200_000_000L,
                9_223_371_331_200_000_000L - 1
            })
    void shouldPrintAsInstantDoes(long micros) {
        assertThat(text(micros)).isEqualTo(expected(micros));
    }

    @Test
    void shouldPrintWhatFollowsAsInstantDoes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long micros = random.nextLong() >> 12;
        for (int i = 0; i < 10_000; i++) {
            assertThat(text(micros)).as("seed=%d", seed).isEqualTo(expected(micros));
            micros += random.nextInt(5) * 100_000L + (random.nextBoolean() ? random.nextInt(1_000) : 0);
        }
    }

    private String text(long micros) {
        return new String(times.of(micros), US_ASCII);
    }

    private static String expected(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }
}
