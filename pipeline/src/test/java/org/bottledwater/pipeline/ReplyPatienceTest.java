package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ReplyPatienceTest {
    private final ReplyPatience patience = new ReplyPatience();

    @Test
    void shouldGiveTwiceTheTimeToAServerThatFallsSilentAgainAndCameNoFurther() {
        assertThat(patience.limit()).isEqualTo(Duration.ofSeconds(30));
        patience.ranOut(100);
        assertThat(patience.limit()).isEqualTo(Duration.ofSeconds(30));
        patience.ranOut(100);
        assertThat(patience.limit()).isEqualTo(Duration.ofSeconds(60));
        for (int i = 0; i < 20; i++) {
            patience.ranOut(90);
        }
        assertThat(patience.limit()).isEqualTo(Duration.ofMinutes(32));
    }

    @Test
    void shouldBeginAnewWhereTheStreamHasGoneOn() {
        patience.ranOut(100);
        patience.ranOut(100);
        patience.ranOut(200);
        assertThat(patience.limit()).isEqualTo(Duration.ofSeconds(30));
    }
}
