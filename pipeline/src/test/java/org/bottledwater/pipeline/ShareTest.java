package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.Blocks;
import org.bottledwater.kafka.TableProgress;
import org.junit.jupiter.api.Test;

final class ShareTest {
    private static final int TABLES = 1000;

    /** Each sees a table that has grown by some more blocks; of those the snapshot shows nothing. */
    @Test
    void shouldGiveEveryBlockToOne() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            int count = 1 + random.nextInt(5);
            int oid = random.nextInt();
            long pages = random.nextInt(60_000);
            boolean cuts = random.nextInt(5) > 0;
            Blocks all = Blocks.NONE;
            for (int number = 0; number < count; number++) {
                Share share = new Share(number, count, 4096);
                for (Blocks.Range range : share.of(Blocks.NONE.missing(), oid, pages, cuts)) {
                    // Refuses what is in it already.
                    all = all.with(range);
                }
            }
            assertThat(all.isAll()).as("seed=%d round=%d", seed, round).isTrue();
        }
    }

    @Test
    void shouldLeaveOutWhatIsDone() {
        List<Blocks.Range> left = Blocks.parse("0-100,5000-6000").missing();
        Share other = new Share(1, 2, 4096);
        Share one = new Share(0, 2, 4096);
        Blocks both = Blocks.NONE;
        for (Share share : List.of(one, other)) {
            for (Blocks.Range range : share.of(left, 7, 20_000, true)) {
                both = both.with(range);
            }
        }
        assertThat(both).isEqualTo(Blocks.parse("100-5000,6000-"));
    }

    /** A table may be rewritten, or its copy begun anew, since another has read his part of it. */
    @Test
    void shouldCountOnlyWhatAnotherHasReadOfTheSameRowsForTheSameSnapshot() {
        TableProgress ours = progress(1000, "740:741:");
        assertThat(SharedCopy.isOfSameRows(ours, progress(1000, "740:741:"))).isTrue();
        assertThat(SharedCopy.isOfSameRows(ours, progress(1001, "740:741:")))
                .as("rewritten")
                .isFalse();
        assertThat(SharedCopy.isOfSameRows(ours, progress(1000, "738:740:")))
                .as("begun anew")
                .isFalse();
        assertThat(SharedCopy.isOfSameRows(ours, ours.completed()))
                .as("complete")
                .isFalse();
    }

    private static TableProgress progress(long fileNode, String visible) {
        return new TableProgress(
                "s",
                new TableName("public", "t"),
                Optional.empty(),
                7,
                fileNode,
                Blocks.first(10),
                false,
                visible,
                visible,
                1,
                Optional.empty());
    }

    /** The OIDs of tables that are made one after the other have a pattern. */
    @Test
    void shouldSpreadSmallTables() {
        for (int step = 1; step < 9; step++) {
            int[] found = new int[4];
            for (int table = 0; table < TABLES; table++) {
                for (int number = 0; number < 4; number++) {
                    if (!new Share(number, 4)
                            .of(Blocks.NONE.missing(), 16384 + table * step, 1, true)
                            .isEmpty()) {
                        found[number]++;
                    }
                }
            }
            for (int number = 0; number < 4; number++) {
                assertThat(found[number]).as("tables of share %d", number).isBetween(TABLES / 5, TABLES / 3);
            }
        }
    }

    @Test
    void shouldHaveNoMoreStripesThanCanBeWrittenDown() {
        for (long pages : new long[] {0, 1, 4096, 1 << 22, 1L << 32}) {
            assertThat(pages / Share.stripe(pages)).isLessThanOrEqualTo(1024);
        }
    }
}
