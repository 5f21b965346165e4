package org.bottledwater.pipeline;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Divides tables among workers: the large ones first, and when every table has somebody, those that have nothing left help
 * with the one that has most. So one large table and ten thousand small ones both keep everybody busy. Thread-safe.
 */
final class CopyPlan {
    private static final long ROWS_PER_BLOCK = 64;

    private final Deque<TableCopy> waiting;
    private final List<TableCopy> begun = new ArrayList<>();

    CopyPlan(Collection<TableCopy> tables) {
        waiting = new ArrayDeque<>(tables.stream()
                .sorted(Comparator.comparingLong(CopyPlan::weight).reversed())
                .toList());
    }

    /** A table that was never analysed has no blocks by the catalog, but the statistics may know of rows. */
    private static long weight(TableCopy copy) {
        return Math.max(copy.left(), copy.table().rows() / ROWS_PER_BLOCK);
    }

    /** A table to work at, for as long as it has chunks. */
    synchronized Optional<TableCopy> next() {
        TableCopy next = waiting.poll();
        if (next != null) {
            begun.add(next);
            return Optional.of(next);
        }
        begun.removeIf(copy -> copy.left() == 0);
        return begun.stream().max(Comparator.comparingLong(TableCopy::left));
    }
}
