package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.Schemas;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.kafka.Topic;
import org.bottledwater.postgres.NoBinaryFormException;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.PublishedPart;
import org.bottledwater.postgres.RowFetcher;
import org.bottledwater.postgres.RowSource;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.StreamOptions;
import org.bottledwater.postgres.Table;
import org.bottledwater.postgres.wire.RelationResolver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One attempt of a {@link Pipeline}: reaches the servers, finds where the copy stands, and goes on from there. */
final class Attempt implements Undertaking {
    private static final Logger log = LoggerFactory.getLogger(Attempt.class);
    private static final Duration STATUS_INTERVAL = Duration.ofSeconds(10);
    private static final int BINARY_STREAM = 140000;
    private static final int PGOUTPUT_MESSAGES = 140000;
    private static final int MESSAGES = 90600;

    private final Settings settings;
    private final PipelineListener listener;
    private final Pipeline.Memory memory;
    private final BooleanSupplier stopping;
    private final ErrorPolicy policy;
    private final Connections servers;
    private volatile @Nullable Copying copying;
    private volatile @Nullable RowFetcher fetcher;
    private volatile @Nullable Following following;
    private boolean over;

    Attempt(
            Settings settings,
            Destination destination,
            PipelineListener listener,
            Pipeline.Memory memory,
            BooleanSupplier stopping) {
        this.listener = listener;
        this.memory = memory;
        this.stopping = stopping;
        this.policy = new ErrorPolicy(settings.onError(), memory.status);
        this.servers = Connections.open(settings, destination);
        this.settings = settings.on(servers.postgres());
    }

    @Override
    public void run() throws InterruptedException {
        boolean standby = requirePromoted();
        Preflight.server(servers.postgres());
        if (settings.slotPolicy().failover()) {
            servers.slots().requireFailover();
        }
        // Before anything that may fail or take long: as long as it is in the publication, such a table cannot be
        // updated.
        PublicationGuard.mend(servers.publications());
        servers.reachDestination();
        Optional<Schemas> schemas = servers.schemas();
        standBy().await();
        if (stopping.getAsBoolean()) {
            return;
        }
        VisibleTransactions listed =
                VisibleTransactions.parse(servers.postgres().visibleTransactions());
        // Before the tables are listed: one that is created in between is taken for a new one.
        Set<Integer> existing = servers.catalog().ordinaryTables();
        List<Table> tables = captured();
        if (memory.refused.isEmpty() && servers.slots().find(settings.slot()).isEmpty()) {
            Preflight.tables(settings, tables);
        }
        if (!memory.established && settings.transactionsTopic().isPresent()) {
            Preflight.requireNoTable(
                    settings, tables, settings.transactionsTopic().get());
        }
        if (memory.refused.isEmpty()) {
            Preflight.columns(settings, servers.catalog(), tables);
        }
        if (!memory.leftOutTold) {
            memory.leftOutTold = true;
            Preflight.tellLeftOut(settings, servers.catalog());
            Preflight.reportOfExtensions(settings, servers.catalog());
            Preflight.reportUnpublished(settings, servers.catalog(), tables);
        }
        if (standBy().await()) {
            throw new StreamRestart(StreamRestart.Reason.SLOT_TAKEN, "somebody else has read the slot meanwhile");
        }
        Optional<Slot> slot = servers.slots().find(settings.slot());
        Plugin plugin = new PluginDecision(settings, servers.postgres()).of(slot, tables);
        noteLimits(plugin);
        Sink sink = servers.sink();
        BooleanSupplier requests = servers.requests();
        CheckpointState state = servers.checkpoint();
        Fitness fitness = fitness(plugin, state, tables);
        tables = fitness.fit();
        RelationResolver resolver = servers.catalog().resolver(tables);
        StartPlan plan = plan(slot, state);
        memory.established = true;
        memory.primary |= !standby;
        memory.status.inFlight(sink::bytesInFlight);

        if (plan instanceof StartPlan.Finish) {
            over = true;
            return;
        }
        KnownTables known = new KnownTables(listed, existing);
        Routes routes = new Routes(settings, servers.topics(), schemas, known, servers.catalog(), memory.status);
        Copying copies = new Copying(
                settings, servers, listener, policy, sink, routes, memory.status, stopping, updates(plugin));
        copying = copies;
        Beginning beginning = new Beginning(
                settings,
                servers,
                sink,
                copies,
                known,
                new Beginning.Source(tables, fitness.setAside(), memory.copyAgain, plugin, slot));
        try (PublicationGuard guard = PublicationGuard.watch(settings)) {
            boolean anew = settings.snapshot() == SnapshotMode.ALWAYS && !memory.copied;
            Checkpoint checkpoint = beginning.follow(plan, state, memory.refused.isPresent(), anew);
            memory.copied = true;
            memory.copiedBefore = true;
            if (copiesAll(plan)) {
                requireListed(plugin, state, tables);
            }
            TableWatch watch = new TableWatch(settings, plugin, state, existing, fitness, beginning.capturedAs());
            guard.watch(watch);
            routes.admit(newTables(plugin, watch));
            long end = end(plan);
            if (!stopping.getAsBoolean() && Lsn.isBefore(checkpoint.lsn(), end)) {
                BooleanSupplier ending = () -> stopping.getAsBoolean() || !Lsn.isBefore(sink.safe(), end);
                Runnable check = () -> check(guard, requests);
                stream(sink, routes, schemas, plugin, checkpoint.lsn(), check, resolver, parts(tables), ending);
            }
            over = !Lsn.isBefore(sink.safe(), end);
        }
    }

    /** What cannot be captured is said once. Where only what stands before a change is delivered, nothing is judged. */
    private Fitness fitness(Plugin plugin, CheckpointState state, List<Table> tables) {
        if (memory.refused.isPresent()) {
            return new Fitness(Renames.resolve(settings, state, tables), Map.of());
        }
        Fitness fitness = Fitness.of(settings, plugin, servers.catalog(), servers.places(), state, tables)
                .without(TopicCollisions.of(settings, servers.topics(), tables));
        fitness.unfit().forEach((table, reason) -> {
            if (memory.setAside.add(table.name() + " " + reason)) {
                log.warn("table {} is set aside, the others go on: {}", table.name(), reason);
            }
        });
        return fitness;
    }

    private NewTables newTables(Plugin plugin, TableWatch watch) {
        boolean insertsPublished =
                settings.publication().isEmpty() && servers.publications().publishesInsertsOfNewTables();
        Captures captures = new Captures(settings, servers.catalog(), servers.places(), plugin);
        return new NewTables(
                settings, plugin, insertsPublished, servers.catalog(), servers.topics(), captures, watch::add);
    }

    /** Of which tables the stream brings updates, as far as anybody can make any. */
    private Predicate<Table> updates(Plugin plugin) {
        if (plugin != Plugin.PGOUTPUT) {
            return any -> true;
        }
        return settings.publication()
                .map(name -> servers.publications().publishesUpdates(name))
                .map(all -> (Predicate<Table>) any -> all)
                .orElse(Table::hasIdentity);
    }

    /**
     * Where a fail-over is under way the address may lead to the standby before that is promoted.
     *
     * @return whether it is a standby, and was one from the beginning
     */
    private boolean requirePromoted() {
        boolean standby = servers.postgres().isStandby();
        if (standby && memory.primary) {
            throw new ConnectionException(
                    "the server is a standby that is not promoted yet: " + settings.postgres(),
                    new IllegalStateException("in recovery"));
        }
        return standby;
    }

    /** Once a run: an outage brings no other version, and if it does, nobody waits for these lines. */
    private void noteLimits(Plugin plugin) {
        if (!memory.limitsNoted) {
            memory.limitsNoted = true;
            if (settings.slotPolicy().decodingMemory().isPresent()
                    && servers.postgres().serverVersion() < StreamOptions.DECODING_MEMORY_SINCE) {
                log.warn("--decoding-memory has no effect before PostgreSQL 13");
            }
            VersionLimits.of(servers.postgres().serverVersion(), plugin)
                    .forEach(limit ->
                            log.info("PostgreSQL {}: {}", servers.postgres().serverVersionText(), limit));
        }
    }

    /** The slot may have waited for hours; a table that was made meanwhile is not in the copy. */
    private void requireListed(Plugin plugin, CheckpointState state, List<Table> tables) {
        Set<Integer> listed = tables.stream().map(Table::oid).collect(Collectors.toSet());
        fitness(plugin, state, captured()).fit().stream()
                .filter(table -> !listed.contains(table.oid()))
                .findFirst()
                .ifPresent(table -> {
                    throw new StreamRestart(StreamRestart.Reason.TABLES_CHANGED, "a new table: table=" + table.name());
                });
    }

    private StandBy standBy() {
        return new StandBy(settings.slot(), servers.slots(), memory, stopping);
    }

    private StartPlan plan(Optional<Slot> slot, CheckpointState state) {
        StartPlan plan =
                StartPlan.of(settings, Found.by(settings, servers.postgres(), slot, state, memory.copiedBefore));
        memory.copiedBefore |= state.checkpoint().isPresent();
        if (plan instanceof StartPlan.CopyAnew anew) {
            memory.refused.ifPresent(e -> {
                throw e;
            });
            requireFirstTime(anew, state);
            log.warn("{}; --on-lost-slot=resnapshot: every table is copied again", anew.reason());
        }
        return plan;
    }

    /** A slot with too little room for the copy would be lost, and the copy begun anew, again and again. */
    private void requireFirstTime(StartPlan.CopyAnew anew, CheckpointState state) {
        // Of a copy that was planned and not begun the checkpoint is still the old one, or says only that it is wanted.
        long copying = state.checkpoint()
                .filter(last -> last.snapshot() == SnapshotState.COPYING)
                .map(Checkpoint::lsn)
                .orElse(Lsn.INVALID);
        if (memory.copyingAnew && copying != Lsn.INVALID && copying != memory.lostAt) {
            throw new ConfigurationException(anew.reason()
                    + "; the position was lost again before everything was copied again"
                    + "\n  give the slot more room: max_slot_wal_keep_size, --max-retained-wal");
        }
        memory.copyingAnew = true;
        memory.lostAt = copying;
    }

    private static boolean copiesAll(StartPlan plan) {
        return plan instanceof StartPlan.CreateSlot || plan instanceof StartPlan.CopyAnew;
    }

    /**
     * Where the run is over. A copy in one go is that of a state; one that was cut short has become one when the changes
     * from in between are there.
     */
    private long end(StartPlan plan) {
        if (settings.snapshot() != SnapshotMode.ONLY) {
            return Long.MAX_VALUE;
        }
        return copiesAll(plan) ? Lsn.INVALID : servers.postgres().currentWalLsn();
    }

    private List<Table> captured() {
        return CapturedTables.of(settings, servers.postgres());
    }

    /** What of the tables the user's publication has. */
    private Optional<Map<Integer, PublishedPart>> parts(List<Table> tables) {
        return settings.publication().map(name -> tables.stream().collect(Collectors.toMap(Table::oid, Table::part)));
    }

    private void stream(
            Sink sink,
            Routes routes,
            Optional<Schemas> schemas,
            Plugin plugin,
            long lsn,
            Runnable check,
            RelationResolver resolver,
            Optional<Map<Integer, PublishedPart>> parts,
            BooleanSupplier ending) {
        int version = servers.postgres().serverVersion();
        // Not every type of an extension minds that its text is sent in another encoding.
        boolean utf8 = servers.postgres().setting("server_encoding").equals("UTF8");
        boolean binary = plugin == Plugin.PGOUTPUT && version >= BINARY_STREAM && utf8 && !memory.textNeeded;
        routes.expectBinary(binary);
        RowFetcher rows = servers.add(new RowFetcher(
                settings.postgres(), new RowSource(settings.slot(), plugin == Plugin.TEST_DECODING, parts)));
        fetcher = rows;
        ToastReader toast = new ToastReader(rows, stopping);
        ChangeRouter router = new ChangeRouter(
                routes,
                sink,
                policy,
                settings.onTruncate(),
                messagesTopic(plugin),
                TransactionsTopic.open(settings, servers.topics(), schemas),
                memory.refused,
                new KeyLookups(toast, settings.types().moneyFraction()));
        ToastCompleter changes = new ToastCompleter(
                router, toast, settings.toast(), settings.types().moneyFraction());
        List<String> publications = settings.publication()
                .map(List::of)
                .orElseGet(() -> servers.publications().names());
        StreamOptions options = new StreamOptions(
                settings.slot(),
                plugin,
                publications,
                binary,
                settings.messagesTopic().isPresent(),
                lsn,
                version,
                STATUS_INTERVAL,
                memory.replyPatience.limit(),
                settings.slotPolicy().decodingMemory().orElse(0L));
        Runnable begun = () -> {
            listener.streaming(lsn);
            memory.streaming = true;
            memory.copyingAnew = false;
            memory.status.enter(RunStatus.Phase.STREAMING, "");
        };
        Following follows =
                new Following(settings, servers, memory, resolver, changes, router, sink, check, ending, begun);
        following = follows;
        try {
            follows.run(options);
        } catch (NoBinaryFormException e) {
            throw new StreamRestart(StreamRestart.Reason.TEXT_NEEDED, String.valueOf(e.getMessage()));
        }
    }

    /** Once a second. Nothing new is taken in when the run is only to deliver what stands before a change. */
    private void check(PublicationGuard guard, BooleanSupplier requests) {
        if (memory.refused.isEmpty()) {
            guard.check();
            if (requests.getAsBoolean()) {
                throw new StreamRestart(StreamRestart.Reason.REQUEST, "tables are to be copied once more");
            }
        }
    }

    private Optional<Topic> messagesTopic(Plugin plugin) {
        if (settings.messagesTopic().isEmpty()) {
            return Optional.empty();
        }
        int version = servers.postgres().serverVersion();
        if (version < (plugin == Plugin.PGOUTPUT ? PGOUTPUT_MESSAGES : MESSAGES)) {
            throw new ConfigurationException("--messages-topic needs PostgreSQL 14, or 9.6 with test_decoding: version="
                    + servers.postgres().serverVersionText() + " plugin=" + plugin.sqlName()
                    + "\n  leave it out, or begin anew with --plugin=test_decoding and another --slot");
        }
        Topic topic = servers.topics().ensure(settings.messagesTopic().get(), false);
        if (!topic.exists()) {
            throw new ConfigurationException("topic " + topic.name() + " does not exist"
                    + "\n  create it, or let it be created: leave out --no-create-topics");
        }
        return Optional.of(topic);
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void hurry() {
        Copying copies = copying;
        if (copies != null) {
            copies.interrupt();
        }
        Following follows = following;
        if (follows != null) {
            follows.hurry();
        }
    }

    @Override
    public void abort() {
        servers.postgres().abort();
        RowFetcher rows = fetcher;
        if (rows != null) {
            rows.abort();
        }
        Following follows = following;
        if (follows != null) {
            follows.abort();
        }
    }

    @Override
    public void close() {
        servers.close();
    }
}
