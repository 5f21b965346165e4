package org.bottledwater.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TableTest {
    @Test
    void shouldGiveMediansTheirSpreadAndTheRatioOfPairs() {
        String text = new Table(List.of(
                        result("ours", 1, 10),
                        result("theirs", 1, 5),
                        result("ours", 2, 30),
                        result("theirs", 2, 10),
                        result("ours", 3, 20),
                        result("theirs", 3, 2)))
                .text();

        assertThat(text).contains("### copy\n\n| | ours | theirs | ratio |\n|---|---|---|---|\n");
        assertThat(text).contains("| rows/s | 20.0 (10.0-30.0) | 5.00 (2.00-10.0) | 3.00 |");
    }

    @Test
    void shouldLeaveOutTheRatioOfALimit() {
        assertThat(new Table(List.of(result("limit", 1, 1234567))).text())
                .contains("| | limit |\n|---|---|\n| rows/s | 1,234,567 |");
    }

    private static Result result(String tool, int repeat, double rows) {
        return new Result("copy", tool, repeat, Map.of(Figures.ROWS_PER_SECOND, rows));
    }
}
