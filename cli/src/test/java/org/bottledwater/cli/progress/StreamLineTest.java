package org.bottledwater.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bottledwater.pipeline.RunStatus.Phase;
import org.junit.jupiter.api.Test;

/** The stream's line, and when a log gets one. */
class StreamLineTest {
    private static Look look(int seconds, Phase phase, String reason, long messages, double lagSeconds) {
        return new Look(
                TimeUnit.SECONDS.toNanos(seconds),
                phase,
                reason,
                12_288,
                lagSeconds,
                messages == 0 ? 0 : 45_296_000L,
                messages,
                messages * 1_000,
                List.of());
    }

    @Test
    void shouldTellLagPaceAndLastCommit() {
        StreamLine line = new StreamLine(ZoneOffset.UTC);
        line.add(look(1, Phase.STREAMING, "", 0, 0));
        Look now = look(5, Phase.STREAMING, "", 6_000, 0.25);
        line.add(now);

        assertThat(line.line(now, 200))
                .isEqualTo("streaming  lag 12.0 kB, 0.3 s  1,500 rows/s, 1.4 MB/s  last commit 12:34:56"
                        + "  6,000 messages sent");
        assertThat(line.line(now, 30)).hasSize(30).endsWith("…");
    }

    @Test
    void shouldSayWhyItWaitsInOneLine() {
        StreamLine line = new StreamLine(ZoneOffset.UTC);

        assertThat(line.line(look(1, Phase.WAITING, "cannot reach Kafka\n  start it", 5, 9), 200))
                .isEqualTo("waiting  cannot reach Kafka");
        assertThat(line.line(look(1, Phase.STARTING, "", 0, 0), 200)).isEqualTo("starting");
    }

    @Test
    void shouldWriteToTheLogNowAndThenAndOnlyIfThereIsSomethingToTell() {
        LogPace pace = new LogPace();

        assertThat(pace.isDue(look(0, Phase.STARTING, "", 0, 0))).isFalse();
        assertThat(pace.isDue(look(1, Phase.COPYING, "", 0, 0))).isFalse();
        assertThat(pace.isDue(look(10, Phase.COPYING, "", 0, 0))).isFalse();
        assertThat(pace.isDue(look(11, Phase.COPYING, "", 0, 0))).isTrue();
        assertThat(pace.isDue(look(12, Phase.COPYING, "", 0, 0))).isFalse();
        assertThat(pace.isDue(look(13, Phase.STREAMING, "", 7, 0))).isFalse();
        assertThat(pace.isDue(look(80, Phase.STREAMING, "", 7, 0)))
                .as("nothing happened")
                .isFalse();
        assertThat(pace.isDue(look(81, Phase.STREAMING, "", 8, 0))).isTrue();
        assertThat(pace.isDue(look(82, Phase.STREAMING, "", 9, 0))).isFalse();
        assertThat(pace.isDue(look(142, Phase.STREAMING, "", 8, 5)))
                .as("it does not get on")
                .isTrue();
        assertThat(pace.isDue(look(999, Phase.WAITING, "Kafka is away", 8, 5))).isFalse();
    }
}
