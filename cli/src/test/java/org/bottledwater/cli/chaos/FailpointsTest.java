package org.bottledwater.cli.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A point whose method was renamed would never be met, and nobody would notice. */
class FailpointsTest {
    @ParameterizedTest
    @EnumSource
    void shouldBeInAMethodThatIsThere(Failpoint point) throws Exception {
        assertThat(Arrays.stream(Class.forName(point.type).getDeclaredMethods()).map(Method::getName))
                .contains(point.method);
    }
}
