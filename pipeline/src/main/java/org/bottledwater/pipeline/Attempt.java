package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.ReplicationStream;
import org.bottledwater.postgres.RowFetcher;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.SlotCreation;
import org.bottledwater.postgres.SnapshotExport;
import org.bottledwater.postgres.SnapshotReader;
import org.bottledwater.postgres.StreamOptions;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One attempt of a {@link Pipeline}: reaches the servers, finds where the copy stands, and goes on from there. */
final class Attempt implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Attempt.class);
    private static final Duration STATUS_INTERVAL = Duration.ofSeconds(10);
    private static final int CHEAP_BLOCK_RANGES = 140000;
    private static final int BINARY_STREAM = 140000;

    private final Settings settings;
    private final PipelineListener listener;
    private final Pipeline.Memory memory;
    private final BooleanSupplier stopping;
    private final ErrorPolicy policy;
    private final Connections servers;
    private volatile @Nullable SnapshotReader reader;

    Attempt(Settings settings, PipelineListener listener, Pipeline.Memory memory, BooleanSupplier stopping) {
        this.settings = settings;
        this.listener = listener;
        this.memory = memory;
        this.stopping = stopping;
        this.policy = new ErrorPolicy(settings.onError());
        this.servers = Connections.open(settings);
    }

    void run() throws InterruptedException {
        Preflight.server(servers.postgres());
        Optional<SchemaRegistry> registry = servers.registry();
        List<Table> tables = captured();
        Preflight.tables(settings, tables);
        Optional<Slot> slot = servers.freeSlot();
        Plugin plugin = servers.plugin(slot, tables.stream().anyMatch(table -> !table.hasIdentity()));
        Sink sink = servers.sink();
        CheckpointState state = servers.checkpoint();
        StartPlan plan = StartPlan.of(asked(), state.checkpoint(), slot);
        memory.established = true;
        List<String> publications = publications(plugin, tables);
        KnownTables known = new KnownTables(memory.announced);
        Routes routes = new Routes(settings, servers.topics(), registry, known);
        Begin begin = new Begin(sink, routes, tables, plugin, known);
        Checkpoint checkpoint;
        if (plan instanceof StartPlan.CreateSlot) {
            checkpoint = createSlot(begin);
        } else if (plan instanceof StartPlan.Resume resume) {
            checkpoint = resume(begin, state, resume.lsn());
        } else {
            checkpoint = adoptSlot(begin, slot.orElseThrow());
        }
        if (!stopping.getAsBoolean()) {
            stream(begin, checkpoint.lsn(), publications);
        }
    }

    /** What the ways to begin have in common. */
    private record Begin(Sink sink, Routes routes, List<Table> tables, Plugin plugin, KnownTables known) {}

    private StartPlan.Asked asked() {
        return new StartPlan.Asked(
                settings.slot(),
                servers.postgres().systemIdentifier(),
                servers.postgres().database(),
                settings.skipSnapshot());
    }

    private List<Table> captured() {
        Optional<Set<TableName>> published = settings.publication()
                .map(name -> Set.copyOf(servers.publications().validate(name)));
        return servers.catalog().tables().stream()
                .filter(table -> settings.tables().captures(table.name()))
                .filter(table -> published.isEmpty() || published.get().contains(table.name()))
                .toList();
    }

    /** A publication has to exist where the slot begins, so this comes before the slot. */
    private List<String> publications(Plugin plugin, List<Table> tables) {
        if (plugin == Plugin.TEST_DECODING) {
            return List.of();
        }
        if (settings.publication().isPresent()) {
            return List.of(settings.publication().get());
        }
        servers.publications().ensure(tables).forEach(note -> log.warn("{}", note));
        return servers.publications().names();
    }

    private Checkpoint createSlot(Begin begin) {
        boolean copies = !settings.skipSnapshot();
        Checkpoint checkpoint = new Checkpoint(
                settings.slot(),
                asked().systemIdentifier(),
                asked().database(),
                begin.plugin.sqlName(),
                Lsn.INVALID,
                copies ? SnapshotState.WANTED : SnapshotState.NONE,
                Map.of());
        if (copies) {
            begin.sink.commit(checkpoint);
        }
        try (SlotCreation creation = servers.slots().create(settings.slot(), begin.plugin)) {
            long lsn = creation.consistentPoint();
            log.info("made slot {} at {}", settings.slot(), Lsn.toString(lsn));
            if (!copies) {
                return withoutCopy(begin, begin.tables, checkpoint.at(lsn));
            }
            Checkpoint copying = checkpoint.at(lsn).with(SnapshotState.COPYING);
            begin.sink.commit(copying);
            copy(begin, begin.tables, Map.of(), creation.snapshotName(), lsn, false);
            return finished(begin, copying);
        }
    }

    private Checkpoint adoptSlot(Begin begin, Slot slot) {
        log.info(
                "slot {} is there without a checkpoint: going on at {} without a snapshot",
                settings.slot(),
                Lsn.toString(slot.confirmedFlushLsn()));
        return withoutCopy(
                begin,
                begin.tables,
                new Checkpoint(
                        settings.slot(),
                        asked().systemIdentifier(),
                        asked().database(),
                        slot.plugin(),
                        slot.confirmedFlushLsn(),
                        SnapshotState.NONE,
                        Map.of()));
    }

    /** What is not complete is copied under a new snapshot, while the stream still begins at {@code lsn}. */
    private Checkpoint resume(Begin begin, CheckpointState state, long lsn) {
        Checkpoint checkpoint = state.checkpoint().orElseThrow().at(lsn);
        begin.sink.resume(checkpoint);
        List<Table> missing = new ArrayList<>();
        for (Table table : begin.tables) {
            TableProgress progress = state.tables().get(table.name());
            if (progress != null && progress.complete() && progress.oid() == table.oid()) {
                remember(begin.known, progress, lsn);
            } else {
                missing.add(table);
            }
        }
        forgetOthers(begin, state);
        if (missing.isEmpty()) {
            return finished(begin, checkpoint);
        }
        if (settings.skipSnapshot()) {
            return withoutCopy(begin, missing, checkpoint);
        }
        log.info(
                "{} tables are not complete in Kafka and are copied first: {}",
                missing.size(),
                missing.stream().limit(10).map(table -> table.name().toString()).toList());
        try (SnapshotExport export = SnapshotExport.open(settings.postgres())) {
            for (TableProgress progress : copy(begin, missing, state.tables(), export.name(), export.lsn(), true)) {
                remember(begin.known, progress, lsn);
            }
        }
        return finished(begin, checkpoint);
    }

    /** A table that is no longer captured has to be copied again should it ever come back. */
    private static void forgetOthers(Begin begin, CheckpointState state) {
        Set<TableName> captured = begin.tables.stream().map(Table::name).collect(Collectors.toSet());
        CheckpointEntry[] gone = state.tables().values().stream()
                .filter(progress -> !captured.contains(progress.table()))
                .map(CheckpointEntry::gone)
                .toArray(CheckpointEntry[]::new);
        if (gone.length > 0) {
            begin.sink.commit(gone);
        }
    }

    private static void remember(KnownTables known, TableProgress progress, long streamLsn) {
        if (progress.visible().isEmpty() || !Lsn.isBefore(streamLsn, progress.lsn())) {
            known.add(progress.table(), progress.oid());
        } else {
            known.add(progress.table(), progress.oid(), VisibleTransactions.parse(progress.visible()), progress.lsn());
        }
    }

    private Checkpoint withoutCopy(Begin begin, List<Table> tables, Checkpoint checkpoint) {
        List<CheckpointEntry> entries = new ArrayList<>();
        for (Table table : tables) {
            entries.add(TableProgress.notCopied(settings.slot(), table.name(), table.oid(), table.fileNode()));
            begin.known.add(table.name(), table.oid());
        }
        entries.add(checkpoint);
        begin.sink.commit(entries.toArray(CheckpointEntry[]::new));
        return checkpoint;
    }

    private Checkpoint finished(Begin begin, Checkpoint checkpoint) {
        if (checkpoint.snapshot() == SnapshotState.NONE || checkpoint.snapshot() == SnapshotState.COMPLETE) {
            return checkpoint;
        }
        Checkpoint complete = checkpoint.with(SnapshotState.COMPLETE);
        begin.sink.commit(complete);
        return complete;
    }

    private List<TableProgress> copy(
            Begin begin,
            List<Table> tables,
            Map<TableName, TableProgress> progress,
            String snapshot,
            long lsn,
            boolean aheadOfStream) {
        listener.snapshotStarted(
                tables.size(), tables.stream().mapToLong(Table::rows).sum());
        begin.routes.expectBinary(false);
        tables.forEach(table -> begin.known.add(table.name(), table.oid()));
        ensureTopics(tables);
        try (SnapshotReader opened = SnapshotReader.open(settings.postgres(), snapshot)) {
            reader = opened;
            Optional<VisibleTransactions> visible = aheadOfStream
                    ? Optional.of(VisibleTransactions.parse(opened.visibleTransactions()))
                    : Optional.empty();
            Copier copier = new Copier(
                    settings.slot(),
                    opened,
                    begin.routes,
                    begin.sink,
                    policy,
                    listener,
                    servers.postgres().serverVersion() >= CHEAP_BLOCK_RANGES,
                    lsn,
                    visible);
            List<TableProgress> copied = copier.copy(tables, progress);
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
            wanted.put(Routes.topicName(settings.topicPrefix(), table.name()), table.keyed());
        }
        servers.topics().ensureAll(wanted);
    }

    private void stream(Begin begin, long lsn, List<String> publications) {
        boolean binary = begin.plugin == Plugin.PGOUTPUT
                && servers.postgres().serverVersion() >= BINARY_STREAM
                && !memory.textNeeded;
        begin.routes.expectBinary(binary);
        ToastReader toast = new ToastReader(servers.add(new RowFetcher(settings.postgres())));
        ChangeRouter router = new ChangeRouter(begin.routes, begin.sink, policy, toast, memory.refused);
        ReplicationStream stream = servers.add(ReplicationStream.start(
                settings.postgres(),
                new StreamOptions(
                        settings.slot(),
                        begin.plugin,
                        publications,
                        binary,
                        lsn,
                        servers.postgres().serverVersion(),
                        STATUS_INTERVAL),
                servers.catalog().resolver()));
        begin.sink.setWhileBlocked(stream::keepAlive);
        listener.streaming(lsn);
        memory.streaming = true;
        Streamer streamer = new Streamer(stream, router, begin.sink, lsn, guard(begin.plugin));
        streamer.run(stopping);
    }

    /** A table that loses its key must leave the publication before the application's next UPDATE is refused. */
    private Runnable guard(Plugin plugin) {
        if (plugin == Plugin.TEST_DECODING || settings.publication().isPresent()) {
            return () -> {};
        }
        Publications publications = servers.publications();
        return publications::leaveOutUnidentified;
    }

    /** Ends a copy that is under way. Any thread. */
    void interruptCopy() {
        SnapshotReader copying = reader;
        if (copying != null) {
            copying.close();
        }
    }

    @Override
    public void close() {
        servers.close();
    }
}
