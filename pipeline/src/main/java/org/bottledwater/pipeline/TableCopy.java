package org.bottledwater.pipeline;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.bottledwater.kafka.Blocks;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;

/**
 * What is done of one table's copy, and what is left; chunks are cut from that as workers ask for them. Thread-safe.
 *
 * <p>A chunk is to take a fifth of a second: all workers have to come to the end of theirs before anything is committed.
 * How many blocks that is depends on the rows, and large values outside of the table, so it is found by trying.
 */
final class TableCopy {
    private static final long FIRST_CHUNK = 128;
    private static final long LARGEST_CHUNK = 8192;
    private static final long SMALLEST_CHUNK = 8;
    private static final long CHUNK_NANOS = 200_000_000;
    private static final double MOST_GROWTH = 4;

    private final Table table;
    private final Share share;
    private final boolean cuts;
    private final long skipped;
    private final Deque<Blocks.Range> left;

    private TableProgress progress;
    private long pages;
    private long chunk = FIRST_CHUNK;
    private int inWork;
    private long rows;
    private boolean opened;
    private boolean dropped;
    private @Nullable Outlet outlet;

    /**
     * @param progress how far an earlier copy came
     * @param cuts whether the server reads a range of blocks without reading the whole table
     * @param share what of it is to be copied here
     */
    TableCopy(Table table, TableProgress progress, boolean cuts, Share share) {
        this.table = table;
        this.share = share;
        this.progress = progress;
        this.cuts = cuts;
        this.pages = table.pages();
        this.skipped = progress.blocks().ranges().stream()
                .mapToLong(range -> Math.max(0, Math.min(range.to(), pages) - range.from()))
                .sum();
        this.left = new ArrayDeque<>(progress.blocks().missing());
    }

    Table table() {
        return table;
    }

    /** Whether others have the rest of it: then it is not complete when this is done. */
    boolean isPart() {
        return !share.isAll();
    }

    /** An estimate of what is left, in blocks; 0 only if nothing is. */
    synchronized long left() {
        long blocks = 0;
        for (Blocks.Range range : left) {
            blocks += Math.max(1, Math.min(range.to(), pages) - range.from());
        }
        return blocks;
    }

    /** How many blocks an earlier copy had read. */
    long skipped() {
        return skipped;
    }

    /** A worker has looked at the table, which has {@code newPages} blocks now. */
    synchronized void open(long newPages, Route route) {
        pages = Math.max(pages, newPages);
        if (!opened) {
            opened = true;
            // As it is now: whatever the snapshot shows is in these blocks.
            List<Blocks.Range> own = share.of(List.copyOf(left), table.oid(), newPages, cuts);
            left.clear();
            left.addAll(own);
        }
        outlet = route instanceof Outlet found ? found : null;
    }

    /** Where its rows go, if they go anywhere and a worker has been there. */
    synchronized Optional<Outlet> outlet() {
        return Optional.ofNullable(outlet);
    }

    /** The next chunk, which the caller has to read; the last one has no end, as the table may have grown. */
    synchronized Optional<Blocks.Range> take() {
        Blocks.Range first = left.poll();
        if (first == null) {
            return Optional.empty();
        }
        inWork++;
        long end = first.from() + chunk;
        if (!cuts || end >= Math.min(first.to(), pages)) {
            return Optional.of(first);
        }
        left.push(new Blocks.Range(end, first.to()));
        return Optional.of(new Blocks.Range(first.from(), end));
    }

    /** A chunk is done: {@code read} rows were in it, and it took that long. */
    synchronized void finished(Blocks.Range range, long read, long nanos) {
        inWork--;
        rows += read;
        progress = progress.having(progress.blocks().with(range));
        if (range.to() != Long.MAX_VALUE) {
            double factor = Math.min(MOST_GROWTH, (double) CHUNK_NANOS / Math.max(1, nanos));
            long fitting = (long) ((range.to() - range.from()) * factor);
            chunk = Math.max(SMALLEST_CHUNK, Math.min(LARGEST_CHUNK, fitting));
        }
    }

    /** There is no such table any more. */
    synchronized void drop() {
        dropped = true;
        left.clear();
    }

    synchronized boolean isDropped() {
        return dropped;
    }

    /** Whether every row has been sent, and it is known where to. */
    synchronized boolean isDone() {
        return dropped || (opened && left.isEmpty() && inWork == 0);
    }

    synchronized long rows() {
        return rows;
    }

    synchronized TableProgress progress() {
        return progress;
    }
}
