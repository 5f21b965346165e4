package org.bottledwater.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bottledwater.cli.progress.Look.Copy;
import org.bottledwater.pipeline.RunStatus.Phase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A copy as it is drawn. */
class CopyLinesTest {
    private final CopyLines lines = new CopyLines();

    static Look copying(int seconds, Copy... copies) {
        return new Look(TimeUnit.SECONDS.toNanos(seconds), Phase.COPYING, "", 0, 0, 0, 0, 0, List.of(copies));
    }

    private static Copy copy(String table, long rows, long expected) {
        return new Copy(table, false, rows, expected, rows * 100);
    }

    private static Copy done(String table, long rows) {
        return new Copy(table, true, rows, rows + 7, rows * 100);
    }

    private List<String> after(int width, int height, Look... looks) {
        for (Look look : looks) {
            lines.add(look);
        }
        return lines.lines(looks[looks.length - 1], width, height);
    }

    @Test
    void shouldDrawABarForEachTableThatIsReadAndOneForAll() {
        List<String> drawn = after(
                200,
                10,
                copying(1, copy("public.a", 1_000, 20_000), copy("public.b", 0, 30_000)),
                copying(5, copy("public.a", 5_000, 20_000), copy("public.b", 0, 30_000), done("public.c", 10_000)));

        assertThat(drawn)
                .containsExactly(
                        "public.a                     ███████░░░░░░░░░░░░░░░░░░░░░░░  25%"
                                + "  5,000 of 20,000  1,000 rows/s  97.7 kB/s  15 s left",
                        "snapshot                     ███████░░░░░░░░░░░░░░░░░░░░░░░  25%"
                                + "  15,000 of 60,000  3,500 rows/s  342 kB/s  13 s left  1/3 tables");
    }

    @Test
    void shouldNotPromiseWhatNobodyHasEstimated() {
        List<String> drawn = after(120, 10, copying(1, copy("public.a", 0, 0)), copying(2, copy("public.a", 1_000, 0)));

        assertThat(drawn)
                .allSatisfy(line -> assertThat(line).contains("1,000 rows").doesNotContain("%", "left"));
    }

    @Test
    void shouldNotSayThatItIsDoneBecauseTheEstimateWasTooLow() {
        List<String> drawn =
                after(120, 10, copying(1, copy("public.a", 10, 1_000)), copying(2, copy("public.a", 5_000, 1_000)));

        assertThat(drawn).allSatisfy(line -> assertThat(line).contains(" 99% ").contains("5,000 of 5,000"));
    }

    @Test
    void shouldNotMindEmptyTablesThatNobodyCanEstimate() {
        List<String> drawn = after(
                90,
                10,
                copying(1, copy("public.a", 0, 1_000), copy("public.empty", 0, 0)),
                copying(5, copy("public.a", 500, 1_000), copy("public.empty", 0, 0)));

        assertThat(drawn)
                .containsExactly(
                        "public.a                     ████░░░░░  50%  500 of 1,000  0 rows/s  0 bytes/s",
                        "snapshot                     ████░░░░░  50%  500 of 1,000  125 rows/s  12.2 kB/s  4 s left");
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 30, 40, 60, 80, 100, 200})
    void shouldFitIntoTheTerminal(int width) {
        List<String> drawn = after(
                width,
                4,
                copying(1, copy("public.a", 1, 9), copy("public.b", 1, 9), copy("public.c", 1, 9)),
                copying(
                        2,
                        copy("public.a", 2, 9_000_000_000L),
                        copy("public.b", 2, 9),
                        copy("public.c", 2, 9),
                        copy("public.a very long name of a table that nobody would choose", 2, 9)));

        assertThat(drawn).hasSize(4).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(width));
        assertThat(drawn.get(3)).startsWith("snapshot");
    }

    @Test
    void shouldBeginAnewWithACopyThatBeginsAnew() {
        lines.add(copying(1, copy("public.a", 50_000, 100_000)));
        lines.add(copying(2, copy("public.a", 60_000, 100_000)));

        List<String> drawn =
                after(140, 10, copying(3, copy("public.a", 1, 100_000)), copying(4, copy("public.a", 1_001, 100_000)));

        assertThat(drawn.get(0)).contains("  1,000 rows/s  ");
    }

    @Test
    void shouldSayTheSameInASentence() {
        lines.add(copying(1, copy("public.a", 1_000, 20_000)));
        Look look = copying(5, copy("public.a", 5_000, 20_000));
        lines.add(look);

        assertThat(lines.sentence(look))
                .isEqualTo("snapshot: 0 of 1 tables, 5,000 of about 20,000 rows, 1,000 rows/s, 97.7 kB/s, about 15 s"
                        + " left");
    }
}
