package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.bottledwater.kafka.Blocks.Range;
import org.junit.jupiter.api.Test;

class BlocksTest {
    @Test
    void shouldJoinRangesThatTouch() {
        Blocks blocks = Blocks.first(10).with(new Range(20, 30)).with(new Range(10, 20));
        assertThat(blocks).isEqualTo(Blocks.first(30));
        assertThat(blocks.missing()).containsExactly(new Range(30, Long.MAX_VALUE));
        assertThat(blocks.with(new Range(30, Long.MAX_VALUE)).missing()).isEmpty();
    }

    @Test
    void shouldSayWhatIsMissing() {
        Blocks blocks = Blocks.NONE.with(new Range(8, 16)).with(new Range(32, Long.MAX_VALUE));
        assertThat(blocks).hasToString("8-16,32-");
        assertThat(blocks.prefix()).isZero();
        assertThat(blocks.missing()).containsExactly(new Range(0, 8), new Range(16, 32));
        assertThat(Blocks.NONE.missing()).containsExactly(new Range(0, Long.MAX_VALUE));
    }

    @Test
    void shouldNotTakeABlockTwice() {
        assertThatThrownBy(() -> Blocks.first(10).with(new Range(9, 20)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("copied twice: blocks=0-10 added=Range[from=9, to=20]");
    }

    /** Whatever the order in which chunks are finished, the set is that of their blocks. */
    @Test
    void shouldEqualASetOfNumbers() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<Range> chunks = new ArrayList<>();
            for (long from = 0; from < 100; ) {
                long to = Math.min(100, from + 1 + random.nextInt(9));
                chunks.add(new Range(from, to));
                from = to;
            }
            Collections.shuffle(chunks, random);
            Blocks blocks = Blocks.NONE;
            BitSet expected = new BitSet();
            for (Range chunk : chunks) {
                blocks = blocks.with(chunk);
                expected.set((int) chunk.from(), (int) chunk.to());
                BitSet found = new BitSet();
                blocks.ranges().forEach(range -> found.set((int) range.from(), (int) range.to()));
                assertThat(found).as("seed=" + seed).isEqualTo(expected);
                BitSet missing = new BitSet();
                blocks.missing().forEach(range -> missing.set((int) range.from(), (int) Math.min(100, range.to())));
                missing.flip(0, 100);
                assertThat(missing).as("seed=" + seed).isEqualTo(expected);
                assertThat(Blocks.parse(blocks.toString())).as("seed=" + seed).isEqualTo(blocks);
            }
            assertThat(blocks).as("seed=" + seed).isEqualTo(Blocks.first(100));
        }
    }

    @Test
    void shouldBeThoseOfBoth() {
        assertThat(Blocks.parse("0-10,20-30").and(Blocks.parse("5-22,40-"))).isEqualTo(Blocks.parse("0-30,40-"));
        assertThat(Blocks.NONE.and(Blocks.parse("3-4"))).isEqualTo(Blocks.parse("3-4"));
        assertThat(Blocks.parse("0-7").and(Blocks.parse("7-")).isAll()).isTrue();
        assertThat(Blocks.parse("0-7").and(Blocks.parse("8-")).isAll()).isFalse();
    }
}
