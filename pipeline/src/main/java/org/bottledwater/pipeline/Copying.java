package org.bottledwater.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.Blocks;
import org.bottledwater.kafka.CapturedAs;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.Topic;
import org.bottledwater.postgres.SnapshotReader;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has tables copied from an exported snapshot; another thread may end that. */
final class Copying {
    private static final Logger log = LoggerFactory.getLogger(Copying.class);

    private final Settings settings;
    private final Connections servers;
    private final PipelineListener listener;
    private final ErrorPolicy policy;
    private final Sink sink;
    private final Routes routes;
    private final RunStatus status;
    private final BooleanSupplier stopping;
    private final Predicate<Table> updates;
    private Map<Integer, CapturedAs> capturedAs = Map.of();
    private volatile @Nullable Copier copier;

    /** @param updates for {@link #streamsUpdates} */
    Copying(
            Settings settings,
            Connections servers,
            PipelineListener listener,
            ErrorPolicy policy,
            Sink sink,
            Routes routes,
            RunStatus status,
            BooleanSupplier stopping,
            Predicate<Table> updates) {
        this.settings = settings;
        this.servers = servers;
        this.listener = listener;
        this.policy = policy;
        this.sink = sink;
        this.routes = routes;
        this.status = status;
        this.stopping = stopping;
        this.updates = updates;
    }

    /** How the tables are captured, by OID: it is written down with what is copied. */
    void capture(Map<Integer, CapturedAs> now) {
        capturedAs = now;
    }

    /**
     * A snapshot that is exported.
     *
     * @param lsn where it was taken
     * @param visible what it shows ({@link VisibleTransactions})
     */
    record Snapshot(String name, long lsn, String visible) {}

    /**
     * Copies what is missing of the tables; when it returns, all of it is safe in Kafka.
     *
     * @param progress how far earlier copies came
     * @param snapshot the name of an exported snapshot
     * @param lsn where that was taken
     * @throws ConnectionException also when it is ended by {@link #interrupt}
     */
    List<TableProgress> copy(List<Table> tables, Map<TableName, TableProgress> progress, String snapshot, long lsn) {
        Map<String, Topic> topics = prepare(tables);
        Snapshot shown = new Snapshot(snapshot, lsn, visible(snapshot));
        List<TableCopy> copies = tables.stream()
                .map(table -> begin(table, Optional.ofNullable(progress.get(table.knownAs())), shown, Share.ALL))
                .toList();
        // Before the first row: a later run shows all of them as this snapshot does, and the stream leaves out what
        // that is.
        sink.commit(copies.stream().map(TableCopy::progress).toArray(CheckpointEntry[]::new));
        return finish(carry(shown, copies, topics, () -> {}), copies);
    }

    /** Before a copy: says what is to be copied, and returns the topics of the tables, which are there then. */
    Map<String, Topic> prepare(List<Table> tables) {
        status.copies(tables);
        listener.snapshotStarted(
                tables.size(), tables.stream().mapToLong(Table::rows).sum());
        routes.expectBinary(false);
        return ensureTopics(tables);
    }

    /**
     * Copies what is left of these; when it returns, all of it is safe in Kafka.
     *
     * @param check now and then; what it throws ends the copy
     */
    List<TableProgress> carry(Snapshot snapshot, List<TableCopy> copies, Map<String, Topic> topics, Runnable check) {
        CopyJob job = new CopyJob(routes, topics, policy, snapshot.lsn(), snapshot.visible(), copies);
        Copier running = new Copier(
                sink,
                job,
                copies,
                settings.snapshotWorkers(),
                () -> SnapshotReader.open(settings.postgres(), snapshot.name()),
                listener);
        copier = running;
        try {
            requireGoesOn();
            return running.copy(check);
        } finally {
            copier = null;
            running.log();
        }
    }

    /** @throws ConnectionException if it is to be stopped */
    void requireGoesOn() {
        if (stopping.getAsBoolean()) {
            throw new ConnectionException("stopped before the copy", new InterruptedException());
        }
    }

    /** After a copy: says that the tables are complete. */
    List<TableProgress> finish(List<TableProgress> copied, List<TableCopy> copies) {
        copied.forEach(table -> status.of(table.root().orElse(table.table())).copyIsDone());
        listener.snapshotFinished(copies.stream().mapToLong(TableCopy::rows).sum());
        return copied;
    }

    /** A table of which nothing is left to copy here, as others had the rest. */
    void copied(TableName table, long rows) {
        listener.tableCopied(table, rows);
    }

    /** What a snapshot shows, which the copy of a later run, and the stream behind it, must know. */
    String visible(String snapshot) {
        try (SnapshotReader reader = SnapshotReader.open(settings.postgres(), snapshot)) {
            return reader.visibleTransactions();
        }
    }

    /**
     * Goes on where an earlier copy of the same table ended. If its rows have moved it begins anew, but what the stream
     * leaves out is still what the earlier copy showed: rows of it may be in Kafka that are deleted by now.
     */
    TableCopy begin(Table table, Optional<TableProgress> earlier, Snapshot snapshot, Share share) {
        Optional<TableProgress> same = earlier.filter(progress ->
                progress.oid() == table.oid() && progress.root().equals(table.root()) && !progress.isUntouched());
        boolean resumed =
                same.filter(progress -> progress.fileNode() == table.fileNode()).isPresent();
        TableProgress begun = new TableProgress(
                settings.slot(),
                table.knownAs(),
                table.root(),
                table.oid(),
                table.fileNode(),
                Blocks.NONE,
                false,
                same.map(TableProgress::visible).orElse(snapshot.visible()),
                streamsUpdates(table) ? snapshot.visible() : "",
                same.map(TableProgress::lsn).orElse(snapshot.lsn()),
                earlier.filter(progress -> progress.root().equals(table.root())).flatMap(TableProgress::before));
        CapturedAs now = capturedAs.getOrDefault(table.oid(), CapturedAs.UNKNOWN);
        return goOn(table, (resumed ? same.orElse(begun) : begun).as(now, table.rootOid()), share);
    }

    /** What is left of it. */
    TableCopy goOn(Table table, TableProgress progress, Share share) {
        return new TableCopy(table, progress, servers.readsBlockRanges(), share);
    }

    /** Whether the stream brings the updates of a table, or nobody can make any. */
    boolean streamsUpdates(Table table) {
        return updates.test(table);
    }

    /** All at once: one by one, ten thousand would take minutes. */
    private Map<String, Topic> ensureTopics(List<Table> tables) {
        Map<String, Boolean> wanted = new HashMap<>();
        for (Table table : tables) {
            wanted.put(TopicNames.topic(settings, table.published()), table.keyed());
        }
        Map<String, Topic> topics = servers.topics().ensureAll(wanted);
        OtherPartitions.words(settings, servers.topics(), wanted.keySet()).ifPresent(log::warn);
        return topics;
    }

    /** Ends a copy that is under way. Any thread. */
    void interrupt() {
        Optional.ofNullable(copier).ifPresent(Copier::stop);
    }
}
