package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class KeyTableTest {
    @Test
    void shouldHoldWhatAMapHolds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        KeyTable table = new KeyTable(1 << 10);
        Map<Long, Long> model = new HashMap<>();
        for (int i = 0; i < 400_000; i++) {
            // Few different ends, so that many meet; it grows first and then shrinks.
            long key = random.nextInt(i < 200_000 ? 1 << 17 : 1 << 14);
            long high = key * 0x9E3779B97F4A7C15L & 0xFFFF_FFFF_FFFF_FFF7L;
            if (random.nextInt(3) == 0) {
                table.remove(high, key);
                model.remove(key);
            } else {
                long value = random.nextLong() | 1;
                table.put(high, key, value);
                model.put(key, value);
            }
            long other = random.nextInt(1 << 17);
            assertThat(table.get(other * 0x9E3779B97F4A7C15L & 0xFFFF_FFFF_FFFF_FFF7L, other))
                    .as("seed=%d", seed)
                    .isEqualTo(model.getOrDefault(other, 0L));
        }
        assertThat(table.isOnHeap()).isFalse();
        assertThat(table.size()).as("seed=%d", seed).isEqualTo(model.size());
        table.clear();
        assertThat(table.isOnHeap()).isTrue();
        assertThat(table.get(0, 0)).isZero();
        table.put(0, 0, 5);
        assertThat(table.get(0, 0)).isEqualTo(5);
    }
}
