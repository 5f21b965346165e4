package org.bottledwater.pipeline.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AlignmentTest {
    @ParameterizedTest(name = "{0} now {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "id a b   | id a b     | 0 1 2",
                "id a b   | id a b c   | 0 1 2",
                "id a b   | id b       | 0 -1 1",
                "id a b   | id c b     | 0 -1 2",
                // Dropped, and made again: behind the others, so that it is another one.
                "id a b   | id b a     | 0 -1 1",
                "id a b c | id c b a   | 0 -1 -1 1",
                "a        | b          | -1"
            })
    void shouldPairColumnsThatHaveKeptTheirOrder(String older, String now, String expected) {
        List<String> from = List.of(older.split(" "));
        List<String> to = List.of(now.split(" "));
        int[] aligned =
                Alignment.of(from.size(), to.size(), (i, j) -> from.get(i).equals(to.get(j)));
        assertThat(String.join(
                        " ", Arrays.stream(aligned).mapToObj(String::valueOf).toList()))
                .isEqualTo(expected);
        assertThat(Alignment.isWhole(aligned, to)).isEqualTo(from.equals(to));
    }
}
