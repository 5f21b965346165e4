package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.UndeliverableException;
import org.bottledwater.postgres.BlockRange;
import org.bottledwater.postgres.SnapshotReader;
import org.bottledwater.postgres.Table;

/**
 * Copies tables as one snapshot shows them, in chunks of blocks. What is finished is written to the checkpoint together
 * with its rows, so that a copy that was killed goes on behind the last finished chunk.
 */
final class Copier {
    /** A chunk is 64 MiB of table: large enough to be read at full speed, small enough to be read again. */
    private static final long CHUNK_BLOCKS = 8192;

    /** Small tables share a Kafka transaction for as long as this, since each one costs milliseconds. */
    private static final Duration COMMIT_INTERVAL = Duration.ofSeconds(1);

    /** Within a table that cannot be cut: far below Kafka's transaction timeout. */
    private static final Duration LONGEST_TRANSACTION = Duration.ofMinutes(1);

    private final String slot;
    private final SnapshotReader reader;
    private final Routes routes;
    private final Sink sink;
    private final ErrorPolicy policy;
    private final PipelineListener listener;
    private final boolean cutsTables;
    private final List<Header> headers;
    private final String visible;
    private final long lsn;

    private final List<CheckpointEntry> finished = new ArrayList<>();
    private final long timestamp = System.currentTimeMillis();
    private long committedAt = System.nanoTime();
    private long rows;

    /**
     * @param cutsTables whether the server reads a range of blocks without reading the whole table (PostgreSQL 14)
     * @param lsn of the snapshot
     * @param visible what the snapshot sees of the changes that the stream will bring, or empty if the stream begins at
     *     exactly this snapshot
     */
    Copier(
            String slot,
            SnapshotReader reader,
            Routes routes,
            Sink sink,
            ErrorPolicy policy,
            PipelineListener listener,
            boolean cutsTables,
            long lsn,
            Optional<VisibleTransactions> visible) {
        this.slot = slot;
        this.reader = reader;
        this.routes = routes;
        this.sink = sink;
        this.policy = policy;
        this.listener = listener;
        this.cutsTables = cutsTables;
        this.headers = TransactionHeaders.snapshot(lsn);
        this.visible = visible.map(VisibleTransactions::toString).orElse("");
        this.lsn = lsn;
    }

    /**
     * Copies what is missing of these tables and returns when all of it is safe in Kafka.
     *
     * @param progress how far an earlier copy of some of them came
     * @return how far each table's copy is now
     */
    List<TableProgress> copy(List<Table> tables, Map<TableName, TableProgress> progress) {
        List<TableProgress> all = new ArrayList<>();
        for (Table table : tables) {
            long before = rows;
            all.add(copy(table, Optional.ofNullable(progress.get(table.name()))));
            listener.tableCopied(table.name(), rows - before);
        }
        commit();
        return all;
    }

    /** How many rows were copied so far. */
    long rows() {
        return rows;
    }

    private TableProgress copy(Table table, Optional<TableProgress> earlier) {
        TableProgress progress =
                earlier.filter(p -> p.isOf(table.oid(), table.fileNode())).orElseGet(() -> begun(table));
        Relation relation = reader.catalog().relation(table);
        Route route = routes.of(relation);
        long pages = cutsTables ? reader.catalog().pages(table) : 0;
        while (!progress.complete()) {
            BlockRange range = next(progress.blocks(), pages);
            reader.copy(relation, range, TypeTable::readsBinary, (r, row) -> send(route, r, row));
            progress = !range.hasEnd() ? progress.completed() : progress.upTo(range.to());
            finished.add(progress);
            if (pages > CHUNK_BLOCKS || isOlderThan(COMMIT_INTERVAL)) {
                commit();
            }
        }
        return progress;
    }

    private TableProgress begun(Table table) {
        return new TableProgress(slot, table.name(), table.oid(), table.fileNode(), 0, false, visible, lsn);
    }

    /** The last chunk has no end: the table may have grown since its size was read. */
    private static BlockRange next(long from, long pages) {
        return from + CHUNK_BLOCKS < pages ? new BlockRange(from, from + CHUNK_BLOCKS) : BlockRange.from(from);
    }

    private void send(Route route, Relation relation, Tuple row) {
        if ((++rows & 1023) == 0 && isOlderThan(LONGEST_TRANSACTION)) {
            commit();
        }
        try {
            if (route instanceof Outlet outlet) {
                outlet.send(sink, row, timestamp, headers);
            } else if (route instanceof Route.Refused refused) {
                policy.undeliverable(Undeliverable.SNAPSHOT, relation, row, refused.reason());
            }
        } catch (UndeliverableException | UnsupportedValueException e) {
            policy.undeliverable(Undeliverable.SNAPSHOT, relation, row, e);
        }
    }

    private boolean isOlderThan(Duration age) {
        return System.nanoTime() - committedAt >= age.toNanos();
    }

    private void commit() {
        sink.commit(finished.toArray(CheckpointEntry[]::new));
        finished.clear();
        committedAt = System.nanoTime();
    }
}
