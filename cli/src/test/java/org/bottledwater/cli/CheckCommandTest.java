package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How findings are shown; what is found is tested with the pipeline's Check. */
@Timeout(60)
class CheckCommandTest {
    private static final String[] NOBODY_THERE = {
        "check",
        "--postgres=postgres://me:sesame@127.0.0.1:1/shop",
        "--broker=127.0.0.1:1",
        "--schema-registry=http://me:sesame@127.0.0.1:1"
    };

    @Test
    void shouldShowFindingsByGroupAndFailWhereARunWould() {
        Captured captured = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), "");

        assertThat(captured.run(NOBODY_THERE)).isEqualTo(1);

        assertThat(captured.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("Server"),
                        line -> assertThat(line)
                                .startsWith("  ✗ cannot connect: host=127.0.0.1:1 database=shop user=me reason="),
                        line -> assertThat(line).isEqualTo("Kafka"),
                        line -> assertThat(line).startsWith("  ✗ cannot reach Kafka at 127.0.0.1:1: "),
                        line -> assertThat(line).isEqualTo("Schema registry"),
                        line -> assertThat(line).startsWith("  ✗ cannot reach the schema registry at "),
                        line -> assertThat(line).isEqualTo("A run would fail: 3 problems."));
        assertThat(captured.out()).doesNotContain("sesame");
    }

    @Test
    void shouldPrintOneJsonObjectForPrograms() {
        Captured captured = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), "");

        assertThat(captured.run(NOBODY_THERE[0], NOBODY_THERE[1], NOBODY_THERE[2], "--output-format=json", "--json"))
                .isEqualTo(1);

        assertThat(captured.out().lines())
                .singleElement()
                .asString()
                .startsWith(
                        "{\"ok\":false,\"findings\":[{\"group\":\"server\",\"level\":\"problem\",\"text\":\"cannot connect: ")
                .contains("{\"group\":\"kafka\",\"level\":\"problem\",")
                .endsWith(",\"mend\":[]}]}");
    }
}
