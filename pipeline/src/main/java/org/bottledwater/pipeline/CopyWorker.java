package org.bottledwater.pipeline;

import java.util.Optional;
import java.util.function.Supplier;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;
import org.bottledwater.kafka.Blocks;
import org.bottledwater.kafka.Inlet;
import org.bottledwater.kafka.UndeliverableException;
import org.bottledwater.postgres.BlockRange;
import org.bottledwater.postgres.Selection;
import org.bottledwater.postgres.SnapshotReader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of those who copy: reads chunks over a connection of its own, encodes their rows and sends them, all on one thread.
 * A connection that breaks is replaced, and the rows that were sent already are passed over.
 */
final class CopyWorker {
    private static final Logger log = LoggerFactory.getLogger(CopyWorker.class);

    /** In a row, without having come further in between. */
    private static final int MOST_BREAKS = 5;

    private final CopyJob job;
    private final Inlet inlet;
    private final Supplier<SnapshotReader> opening;
    private volatile @Nullable SnapshotReader reader;
    private volatile boolean stopped;

    private boolean hasFinishedChunk;

    // Of the chunk that is being read.
    private long sent;
    private long passed;
    private boolean failedToSend;

    /** What the rows of a table look like, and where they go. */
    private record Way(Relation relation, Route route) {}

    CopyWorker(CopyJob job, Inlet inlet, Supplier<SnapshotReader> opening) {
        this.job = job;
        this.inlet = inlet;
        this.opening = opening;
    }

    /** One of them has to have a connection before the others take what the server has. */
    void connect() {
        SnapshotReader unused = reader();
    }

    /** Works until nothing is left, or not at all if the server has no connection to spare. */
    void run() throws InterruptedException {
        try {
            if (!hasConnection()) {
                return;
            }
            Optional<TableCopy> next = job.next();
            while (next.isPresent()) {
                work(next.get());
                next = job.next();
            }
        } finally {
            close();
        }
    }

    private boolean hasConnection() {
        try {
            reader();
            return true;
        } catch (ConnectionException e) {
            if (!stopped && job.isFirstToGoWithout()) {
                log.warn("{}; the tables are copied by fewer connections", e.getMessage());
            }
            return false;
        }
    }

    private void work(TableCopy copy) throws InterruptedException {
        Optional<Way> way = open(copy);
        if (way.isEmpty()) {
            log.info(
                    "table {} was dropped before it could be copied",
                    copy.table().name());
            copy.drop();
            return;
        }
        boolean more = true;
        while (more) {
            if (hasFinishedChunk) {
                job.awaitFirstCommit();
            }
            job.gate().enter();
            try {
                Optional<Blocks.Range> range = job.isEnding() ? Optional.empty() : copy.take();
                range.ifPresent(found -> read(copy, way.get(), found));
                more = range.isPresent();
            } catch (RuntimeException | Error e) {
                job.fail(e);
                throw e;
            } finally {
                job.gate().leave();
            }
        }
        job.looked(copy);
    }

    /** A connection may have broken since the last table; that is tried once more. */
    private Optional<Way> open(TableCopy copy) {
        SnapshotReader used = reader;
        if (used != null) {
            try {
                used.renew();
                return look(copy);
            } catch (ConnectionException e) {
                if (stopped) {
                    throw e;
                }
                log.debug("a new connection for table {}", copy.table().name(), e);
                close();
            }
        }
        return look(copy);
    }

    /** Empty if the table is gone. */
    private Optional<Way> look(TableCopy copy) {
        SnapshotReader open = reader();
        Optional<Relation> relation =
                open.catalog().relation(copy.table().oid(), copy.table().part());
        if (relation.isEmpty() || !open.lockIfThere(copy.table())) {
            return Optional.empty();
        }
        Way way = new Way(relation.get(), job.route(copy.table(), relation.get(), open.catalog()));
        copy.open(open.catalog().pages(copy.table()), way.route());
        return Optional.of(way);
    }

    private void read(TableCopy copy, Way way, Blocks.Range range) {
        long begun = System.nanoTime();
        Selection selection = new Selection(
                new BlockRange(range.from(), range.to()),
                job.seenBy(copy),
                copy.table().part().filter());
        sent = 0;
        int breaks = 0;
        long sentBefore = 0;
        boolean complete = false;
        while (!complete) {
            passed = 0;
            try {
                reader().copy(
                                way.relation(),
                                selection,
                                TypeTable::readsBinary,
                                (same, row) -> take(way.route(), same, row));
                complete = true;
            } catch (ConnectionException e) {
                breaks = sent > sentBefore ? 1 : breaks + 1;
                sentBefore = sent;
                if (failedToSend || stopped || breaks > MOST_BREAKS) {
                    throw e;
                }
                log.warn("{}; reading on over a new connection, after {} rows of this chunk", e.getMessage(), sent);
                reopen(copy);
            }
        }
        copy.finished(range, sent, System.nanoTime() - begun);
        job.looked(copy);
        hasFinishedChunk = true;
    }

    private void reopen(TableCopy copy) {
        close();
        reader().requireUnchanged(copy.table());
    }

    private void take(Route route, Relation relation, Tuple row) {
        if (passed++ < sent) {
            return;
        }
        failedToSend = true;
        send(route, relation, row);
        sent++;
        try {
            job.gate().pass(sent);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("copy: interrupted, table=" + relation, e);
        }
        failedToSend = false;
    }

    private void send(Route route, Relation relation, Tuple row) {
        try {
            if (route instanceof Outlet outlet) {
                requireTypes(outlet, relation, row);
                outlet.sendCopied(inlet, row, job);
            } else if (route instanceof Route.Refused refused) {
                job.policy().undeliverable(Undeliverable.SNAPSHOT, relation, row, refused.reason());
            }
        } catch (UndeliverableException | UnsupportedValueException e) {
            job.policy().undeliverable(Undeliverable.SNAPSHOT, relation, row, e);
        }
    }

    /** The server sends a composite value as its type is now; what the snapshot shows of the catalog may be older. */
    private static void requireTypes(Outlet outlet, Relation relation, Tuple row) {
        if (outlet.hasComposites() && !outlet.fits(row)) {
            throw new StreamRestart(
                    StreamRestart.Reason.TYPE_CHANGED,
                    "a composite type was changed while the table was copied: table=" + relation.name());
        }
    }

    private SnapshotReader reader() {
        SnapshotReader open = reader;
        if (open == null) {
            open = opening.get();
            reader = open;
            if (stopped) {
                close();
                throw new ConnectionException("stopped before the copy", new InterruptedException());
            }
        }
        return open;
    }

    private void close() {
        SnapshotReader open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }

    /** Ends the copy that is under way. Any thread. */
    void stop() {
        stopped = true;
        SnapshotReader open = reader;
        if (open != null) {
            open.close();
        }
    }
}
