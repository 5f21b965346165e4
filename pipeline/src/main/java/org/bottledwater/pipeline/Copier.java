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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies tables as one snapshot shows them, in chunks of blocks. What is finished is written to the checkpoint together
 * with its rows, so that a copy that was killed goes on behind the last finished chunk.
 */
final class Copier {
    private static final Logger log = LoggerFactory.getLogger(Copier.class);

    /** A chunk is 64 MiB of table: large enough to be read at full speed, small enough to be read again. */
    private static final long CHUNK_BLOCKS = 8192;

    /** Small tables share a Kafka transaction for as long as this, since each one costs milliseconds. */
    private static final Duration COMMIT_INTERVAL = Duration.ofSeconds(1);

    /** Within a table that cannot be cut: far below Kafka's transaction timeout. */
    private static final Duration LONGEST_TRANSACTION = Duration.ofMinutes(1);

    private final Settings settings;
    private final boolean cutsTables;
    private final SnapshotReader reader;
    private final Routes routes;
    private final Sink sink;
    private final ErrorPolicy policy;
    private final long lsn;
    private final String visible;
    private final List<Header> headers;

    private final List<CheckpointEntry> finished = new ArrayList<>();
    private final long timestamp = System.currentTimeMillis();
    private Optional<TableProgress> current = Optional.empty();
    private long committedAt = System.nanoTime();
    private long rows;

    /**
     * @param cutsTables whether the server reads a range of blocks without reading the whole table (PostgreSQL 14)
     * @param lsn of the snapshot
     * @param visible what the snapshot sees of the changes that the stream will bring, or empty if the stream begins at
     *     exactly this snapshot
     */
    Copier(
            Settings settings,
            boolean cutsTables,
            SnapshotReader reader,
            Routes routes,
            Sink sink,
            ErrorPolicy policy,
            long lsn,
            String visible) {
        this.settings = settings;
        this.cutsTables = cutsTables;
        this.reader = reader;
        this.routes = routes;
        this.sink = sink;
        this.policy = policy;
        this.lsn = lsn;
        this.visible = visible;
        this.headers = TransactionHeaders.snapshot(lsn);
    }

    /**
     * Copies what is missing of these tables and returns when all of it is safe in Kafka.
     *
     * @param progress how far an earlier copy of some of them came
     * @return how far each table's copy is now; a table that was dropped meanwhile is left out
     */
    List<TableProgress> copy(List<Table> tables, Map<TableName, TableProgress> progress, PipelineListener listener) {
        List<TableProgress> all = new ArrayList<>();
        for (Table table : tables) {
            long before = rows;
            Optional<Relation> relation = reader.catalog().relation(table.oid());
            if (relation.isEmpty()) {
                log.info("table {} was dropped before it could be copied", table.name());
                continue;
            }
            reader.requireUnchanged(table);
            TableProgress begun = begin(table, Optional.ofNullable(progress.get(table.name())));
            all.add(copy(table, relation.get(), begun));
            listener.tableCopied(table.name(), rows - before);
        }
        commit();
        return all;
    }

    /** How many rows were copied so far. */
    long rows() {
        return rows;
    }

    /**
     * Goes on where an earlier copy of the same table ended. If its rows have moved it begins anew, but what the stream
     * leaves out is still what the earlier copy showed: rows of it may be in Kafka that are deleted by now.
     */
    private TableProgress begin(Table table, Optional<TableProgress> earlier) {
        Optional<TableProgress> same = earlier.filter(
                progress -> progress.oid() == table.oid() && progress.root().equals(table.root()));
        if (same.isPresent() && same.get().fileNode() == table.fileNode()) {
            return same.get();
        }
        return new TableProgress(
                settings.slot(),
                table.name(),
                table.root(),
                table.oid(),
                table.fileNode(),
                0,
                false,
                same.map(TableProgress::visible).orElse(visible),
                same.map(TableProgress::lsn).orElse(lsn));
    }

    private TableProgress copy(Table table, Relation relation, TableProgress begun) {
        TableProgress progress = begun;
        current = Optional.of(progress);
        if (settings.delivery() == Delivery.AT_LEAST_ONCE) {
            // Rows are seen at once, so what the stream is to leave out has to be known before the first of them.
            commit();
        }
        Route route = routes.ofCopy(relation);
        long pages = cutsTables ? reader.catalog().pages(table) : 0;
        while (!progress.complete()) {
            BlockRange range = next(progress.blocks(), pages);
            reader.copy(relation, range, TypeTable::readsBinary, (r, row) -> send(route, r, row));
            progress = range.hasEnd() ? progress.upTo(range.to()) : progress.completed();
            current = Optional.of(progress);
            if (pages > CHUNK_BLOCKS || isOlderThan(COMMIT_INTERVAL)) {
                commit();
            }
        }
        finished.add(progress);
        current = Optional.empty();
        return progress;
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

    /** Of the table that is being copied what is said is the last finished chunk, or only that its copy has begun. */
    private void commit() {
        List<CheckpointEntry> entries = new ArrayList<>(finished);
        current.ifPresent(entries::add);
        sink.commit(entries.toArray(CheckpointEntry[]::new));
        finished.clear();
        committedAt = System.nanoTime();
    }
}
