package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class SilenceTest {
    private final AtomicLong arrived = new AtomicLong();
    private final Silence silence = new Silence(arrived::get, Duration.ofSeconds(10), 0);
    private long now;

    @Test
    void shouldBeTooLongWhenNothingHasComeForAsLongAsThat() {
        assertThat(listen(9_990)).isFalse();
        assertThat(listen(20)).isTrue();
    }

    @Test
    void shouldEndWithWhateverComes() {
        for (int i = 0; i < 100; i++) {
            assertThat(listen(9_000)).isFalse();
            arrived.incrementAndGet();
        }
        assertThat(listen(10_100)).isTrue();
    }

    /** Kafka was away, or the machine slept: what came meanwhile has not been looked for. */
    @Test
    void shouldNotCountTheTimeInWhichNobodyListened() {
        assertThat(listen(9_000)).isFalse();
        now += Duration.ofHours(1).toMillis();
        assertThat(listen(500)).isFalse();
        assertThat(listen(1_000)).isTrue();
    }

    private boolean listen(long millis) {
        boolean tooLong = false;
        for (long end = now + millis; now < end; ) {
            now += 10;
            tooLong |= silence.isTooLong(Duration.ofMillis(now).toNanos());
        }
        return tooLong;
    }
}
