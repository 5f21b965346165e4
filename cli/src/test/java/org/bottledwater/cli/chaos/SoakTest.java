package org.bottledwater.cli.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** {@code mvn -pl cli test -Dtest=SoakTest -Dsoak.minutes=240}, and the other properties of {@link Soak}. */
class SoakTest {
    @Test
    @EnabledIfSystemProperty(
            named = "soak.minutes",
            matches = "\\d+",
            disabledReason = "it takes as long as it is told")
    void shouldSurviveForHours() throws Exception {
        assertThat(Soak.run(Path.of("target", "soak"))).as("see the output").isTrue();
    }
}
