package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.bottledwater.postgres.Plugin;
import org.junit.jupiter.api.Test;

final class VersionLimitsTest {
    @Test
    void shouldHaveNothingToSayOfTheNewest() {
        assertThat(VersionLimits.of(180006, Plugin.PGOUTPUT)).isEmpty();
        assertThat(VersionLimits.of(140000, Plugin.PGOUTPUT)).isEmpty();
    }

    @Test
    void shouldSayWhatEachVersionLacks() {
        assertThat(VersionLimits.of(180006, Plugin.TEST_DECODING))
                .containsExactly(
                        "messages have no headers pg.lsn and pg.time: the plugin pgoutput tells them, test_decoding does not");
        assertThat(VersionLimits.of(130023, Plugin.PGOUTPUT))
                .singleElement()
                .asString()
                .contains("in one piece");
        assertThat(VersionLimits.of(110022, Plugin.PGOUTPUT)).hasSize(2);
        assertThat(VersionLimits.of(100023, Plugin.PGOUTPUT))
                .hasSize(3)
                .first()
                .asString()
                .contains("TRUNCATE");
        assertThat(VersionLimits.of(90503, Plugin.TEST_DECODING))
                .hasSize(5)
                .first()
                .isEqualTo(
                        "messages have no headers pg.lsn and pg.time: the plugin pgoutput, which tells them, comes with"
                                + " PostgreSQL 10");
    }
}
