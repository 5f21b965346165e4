package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bottledwater.change.Lsn;
import org.junit.jupiter.api.Test;

final class TimelineTest {
    private static final Timeline THIRD = Timeline.of(3, """
            1\t0/3000148\tno recovery target specified

            2\t1/A0\tbefore 2026-11-25 04:00:00+00
            # a comment
            """);

    @Test
    void shouldReadAHistoryFile() {
        assertThat(THIRD.past())
                .isEqualTo(List.of(
                        new Timeline.Branch(1, Lsn.parse("0/3000148")), new Timeline.Branch(2, Lsn.parse("1/A0"))));
        assertThat(Timeline.of(2, "").past()).isEmpty();
    }

    @Test
    void shouldHoldAnEarlierTimelineUpToWhereItBranchedOff() {
        assertThat(THIRD.holds(1, Lsn.parse("0/3000148"))).isTrue();
        assertThat(THIRD.holds(1, Lsn.parse("0/3000149"))).isFalse();
        assertThat(THIRD.holds(2, Lsn.parse("0/3000149"))).isTrue();
        assertThat(THIRD.holds(2, Lsn.parse("1/A1"))).isFalse();
        assertThat(THIRD.holds(3, Lsn.parse("FFFFFFFF/0"))).isTrue();
        assertThat(THIRD.holds(4, Lsn.parse("0/1"))).as("a later one").isFalse();
    }
}
