package org.bottledwater.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.SnapshotReader;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;

/** Opens a snapshot and has tables copied from it; another thread may end that. */
final class Copying {
    private final Settings settings;
    private final Connections servers;
    private final PipelineListener listener;
    private final ErrorPolicy policy;
    private final Sink sink;
    private final Routes routes;
    private final RunStatus status;
    private final BooleanSupplier stopping;
    private volatile @Nullable SnapshotReader reader;

    Copying(
            Settings settings,
            Connections servers,
            PipelineListener listener,
            ErrorPolicy policy,
            Sink sink,
            Routes routes,
            RunStatus status,
            BooleanSupplier stopping) {
        this.settings = settings;
        this.servers = servers;
        this.listener = listener;
        this.policy = policy;
        this.sink = sink;
        this.routes = routes;
        this.status = status;
        this.stopping = stopping;
    }

    /**
     * Copies what is missing of the tables; when it returns, all of it is safe in Kafka.
     *
     * @param progress how far earlier copies came
     * @param snapshot the name of an exported snapshot
     * @param lsn where that was taken
     * @param aheadOfStream whether the stream begins before it
     * @throws ConnectionException also when it is ended by {@link #interrupt}
     */
    List<TableProgress> copy(
            List<Table> tables,
            Map<TableName, TableProgress> progress,
            String snapshot,
            long lsn,
            boolean aheadOfStream) {
        status.copies(tables);
        listener.snapshotStarted(
                tables.size(), tables.stream().mapToLong(Table::rows).sum());
        routes.expectBinary(false);
        ensureTopics(tables);
        try (SnapshotReader opened = SnapshotReader.open(settings.postgres(), snapshot)) {
            reader = opened;
            if (stopping.getAsBoolean()) {
                throw new ConnectionException("stopped before the copy", new InterruptedException());
            }
            String visible = aheadOfStream ? opened.visibleTransactions() : "";
            Copier copier =
                    new Copier(settings, servers.readsBlockRanges(), opened, routes, sink, policy, lsn, visible);
            List<TableProgress> copied = copier.copy(tables, progress, listener);
            copied.forEach(
                    table -> status.of(table.root().orElse(table.table())).copyIsDone());
            listener.snapshotFinished(copier.rows());
            return copied;
        } finally {
            reader = null;
        }
    }

    /** All at once: one by one, ten thousand would take minutes. */
    private void ensureTopics(List<Table> tables) {
        Map<String, Boolean> wanted = new HashMap<>();
        for (Table table : tables) {
            wanted.put(Routes.topicName(settings.topicPrefix(), table.published()), table.keyed());
        }
        servers.topics().ensureAll(wanted);
    }

    /** Ends a copy that is under way. Any thread. */
    void interrupt() {
        Optional.ofNullable(reader).ifPresent(SnapshotReader::close);
    }
}
