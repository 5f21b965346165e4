package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.bottledwater.kafka.TransactionAge.Cause;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransactionAgeTest {
    /** Any, as is the origin of {@link System#nanoTime}. */
    private static final long BEGUN = Long.MAX_VALUE - minutes(20);

    private final TransactionAge age = new TransactionAge(Duration.ofMinutes(15));

    @BeforeEach
    void begin() {
        age.begin(0);
        age.boundary(1);
        age.begin(BEGUN);
    }

    @Test
    void shouldBlameSomebodyElseWithinTheTimeout() {
        assertThat(cause(15, 0)).isEqualTo(Cause.SOMEBODY_ELSE);
        assertThat(cause(15, 14)).isEqualTo(Cause.SOMEBODY_ELSE);
    }

    @Test
    void shouldBlameTheSizeOfWhatHadNoEndInTime() {
        assertThat(cause(16, 0)).isEqualTo(Cause.SIZE);
        age.boundary(BEGUN + minutes(16));
        assertThat(cause(25, 0)).isEqualTo(Cause.SIZE);
    }

    @Test
    void shouldNotBlameTheSizeForAnOutage() {
        assertThat(cause(16, 1)).isEqualTo(Cause.CIRCUMSTANCES);
        assertThat(cause(40, 30)).isEqualTo(Cause.CIRCUMSTANCES);
        assertThat(cause(60, 30)).as("too large all the same").isEqualTo(Cause.SIZE);
    }

    @Test
    void shouldNotBlameTheSizeOfWhatCouldHaveBeenCommitted() {
        age.boundary(BEGUN + minutes(1));
        age.boundary(BEGUN + minutes(16));
        assertThat(cause(17, 0)).isEqualTo(Cause.CIRCUMSTANCES);
    }

    @Test
    void shouldTellItsAge() {
        assertThat(age.isOlderThan(Duration.ofMinutes(2), BEGUN + minutes(2) - 1))
                .isFalse();
        assertThat(age.isOlderThan(Duration.ofMinutes(2), BEGUN + minutes(2))).isTrue();
    }

    private Cause cause(int minutes, int longestWaitMinutes) {
        return age.causeOfEnd(BEGUN + minutes(minutes), minutes(longestWaitMinutes));
    }

    private static long minutes(int count) {
        return Duration.ofMinutes(count).toNanos();
    }
}
