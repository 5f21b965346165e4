package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CapturedAs;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.SlotCreation;
import org.bottledwater.postgres.SnapshotExport;
import org.bottledwater.postgres.Table;
import org.bottledwater.postgres.Writers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out a {@link StartPlan}: publications, slot, and the copy of what is not in Kafka yet. The order is such that a
 * kill between any two steps leaves a state from which the next start completes the copy.
 */
final class Beginning {
    private static final Logger log = LoggerFactory.getLogger(Beginning.class);

    private final Settings settings;
    private final Connections servers;
    private final Sink sink;
    private final Copying copies;
    private final KnownTables known;
    private final Source source;
    private final Captures captures;

    private final Map<Integer, Table> byOid = new HashMap<>();

    private Map<Integer, CapturedAs> capturedAs = Map.of();

    /** By what a table's progress says of it: thousands of tables have the same, and it may be long. */
    private final Map<String, VisibleTransactions> snapshots = new HashMap<>();

    /**
     * What there is to read.
     *
     * @param tables those that are captured
     * @param setAside the OIDs of those that cannot be captured at the moment
     * @param copyAgain the OIDs of those that are to be copied again; emptied once that is written down
     * @param slot the slot if there is one
     */
    record Source(
            List<Table> tables, Set<Integer> setAside, Set<Integer> copyAgain, Plugin plugin, Optional<Slot> slot) {}

    Beginning(Settings settings, Connections servers, Sink sink, Copying copies, KnownTables known, Source source) {
        this.settings = settings;
        this.servers = servers;
        this.sink = sink;
        this.copies = copies;
        this.known = known;
        this.source = source;
        this.captures = new Captures(settings, servers.catalog(), servers.places(), source.plugin());
        source.tables().forEach(table -> byOid.put(table.oid(), table));
    }

    /** How the tables are captured, by OID, once {@link #follow} has returned. */
    Map<Integer, CapturedAs> capturedAs() {
        return capturedAs;
    }

    /**
     * Returns the checkpoint at which the stream goes on.
     *
     * @param asIs copy nothing: the run is only to deliver what stands before a change that it cannot deliver
     * @param anew copy what is in Kafka already once more
     */
    Checkpoint follow(StartPlan plan, CheckpointState state, boolean asIs, boolean anew) {
        boolean stays = plan instanceof StartPlan.Resume || plan instanceof StartPlan.AdoptSlot;
        if (stays
                && settings.slotPolicy().failover()
                && !source.slot().orElseThrow().failover()) {
            servers.slots().makeFailover(settings.slot());
            log.info("slot {} is a failover slot from now on", settings.slot());
        }
        if (plan instanceof StartPlan.Resume resume) {
            return resume(asIs ? state : requested(anew ? again(state) : state), resume.lsn(), asIs);
        }
        if (plan instanceof StartPlan.CopyAnew) {
            return copyAnew(state);
        }
        boolean creates = plan instanceof StartPlan.CreateSlot;
        Map<TableName, TableProgress> again = creates ? begun(state) : Map.of();
        // What else may be left of an earlier slot of this name is not about this one.
        sink.commit(Stream.concat(
                        state.requests().stream(),
                        state.allTables().filter(progress -> !again.containsKey(progress.table())))
                .map(CheckpointEntry::gone)
                .toArray(CheckpointEntry[]::new));
        publish();
        lookHowCaptured();
        if (creates) {
            return createSlot(again);
        }
        Checkpoint adopted = adoptSlot(source.slot().orElseThrow());
        return anew ? resume(again(servers.checkpoint()), adopted.lsn(), asIs) : adopted;
    }

    /**
     * That a copy is wanted, and of what, is written down before the old slot goes: from then on a kill is made up for by the
     * next run. Rows that the topics hold and the tables do not get null values with it.
     */
    private Checkpoint copyAnew(CheckpointState state) {
        TopicReview review = review(state, any -> true);
        List<CheckpointEntry> entries = new ArrayList<>();
        state.requests().forEach(request -> entries.add(request.gone()));
        // No change from before the new slot comes any more.
        state.allTables()
                .filter(progress -> !review.progress().containsKey(progress.table()))
                .forEach(progress -> entries.add(progress.gone()));
        entries.addAll(review.progress().values());
        entries.add(checkpoint(source.plugin().sqlName(), Lsn.INVALID, SnapshotState.WANTED));
        sink.commit(entries.toArray(CheckpointEntry[]::new));
        source.copyAgain().clear();
        servers.slots().drop(settings.slot());
        publish();
        lookHowCaptured();
        return createSlot(review.progress());
    }

    private TopicReview review(CheckpointState state, Predicate<Table> again) {
        TopicReview review =
                new TopicReview(settings, servers.topics(), sink, state, source.tables(), source.setAside());
        review.decide(
                captures.of(source.tables()),
                again,
                this::isPartitionStill,
                servers.postgres().walEnd());
        return review;
    }

    private boolean isPartitionStill(TableProgress progress) {
        return servers.catalog()
                .root(progress.oid())
                .filter(root -> progress.rootOid() == 0
                        ? progress.root().equals(Optional.of(root.name()))
                        : progress.rootOid() == root.oid())
                .isPresent();
    }

    /** Asked when our publications are as they are to be, and before anything is copied. */
    private void lookHowCaptured() {
        capturedAs = captures.of(source.tables());
        copies.capture(capturedAs);
    }

    /** Of every table there is, as one to be copied anew. */
    private Map<TableName, TableProgress> marks(CheckpointState state) {
        return Anew.marks(
                settings,
                servers.topics(),
                source.tables().stream()
                        .map(table -> {
                            TableProgress before = state.tables().get(table.knownAs());
                            return before != null && before.root().equals(table.root())
                                    ? before
                                    : TableProgress.notCopied(
                                            settings.slot(),
                                            table.knownAs(),
                                            table.root(),
                                            table.oid(),
                                            table.fileNode());
                        })
                        .toList());
    }

    /** Marks of a copy anew that had not begun. One that is made again and again clears what the one before had brought. */
    private Map<TableName, TableProgress> begun(CheckpointState state) {
        if (settings.snapshot() != SnapshotMode.ONLY || state.checkpoint().isPresent()) {
            return Anew.of(state.tables().values());
        }
        return marks(state);
    }

    /** Marks every table as one to be copied anew; a copy that was cut short is finished instead. */
    private CheckpointState again(CheckpointState state) {
        SnapshotState snapshot = state.checkpoint().orElseThrow().snapshot();
        boolean complete = snapshot == SnapshotState.COMPLETE || snapshot == SnapshotState.NONE;
        if (!complete || !state.tables().values().stream().allMatch(TableProgress::complete)) {
            return state;
        }
        Map<TableName, TableProgress> marks =
                Anew.marks(settings, servers.topics(), state.tables().values());
        sink.commit(marks.values().toArray(CheckpointEntry[]::new));
        return state.with(marks, state.requests());
    }

    /** Marks the tables that somebody asked for. The marks come with the end of the request, so that it is heard once. */
    private CheckpointState requested(CheckpointState state) {
        if (state.requests().isEmpty()) {
            return state;
        }
        Set<TableName> asked = state.requests().stream()
                .flatMap(request -> request.tables().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        log.info("asked to copy once more: {}", asked);
        Map<TableName, TableProgress> marks = Anew.marks(
                settings,
                servers.topics(),
                state.tables().values().stream()
                        .filter(TableProgress::complete)
                        .filter(progress -> asked.contains(progress.table()))
                        .toList());
        sink.commit(Stream.concat(state.requests().stream().map(CheckpointEntry::gone), marks.values().stream())
                .toArray(CheckpointEntry[]::new));
        Map<TableName, TableProgress> tables = new HashMap<>(state.tables());
        tables.putAll(marks);
        return state.with(tables, List.of());
    }

    private boolean publishes() {
        return source.plugin() == Plugin.PGOUTPUT && settings.publication().isEmpty();
    }

    private void publish() {
        if (!publishes()) {
            return;
        }
        servers.publications().ensure(source.tables()).forEach(note -> log.warn("{}", note));
        List<TableName> blind = source.tables().stream()
                .filter(table -> !table.hasIdentity())
                .map(Table::name)
                .toList();
        if (!blind.isEmpty()) {
            log.warn(
                    "only inserts of tables without key can be seen by pgoutput: {}; for their updates, begin anew with"
                            + " --plugin=test_decoding",
                    blind);
        }
    }

    /** @param again tables that an earlier slot had copied */
    private Checkpoint createSlot(Map<TableName, TableProgress> again) {
        boolean copied = settings.snapshot() != SnapshotMode.NEVER;
        Checkpoint checkpoint =
                checkpoint(source.plugin().sqlName(), Lsn.INVALID, copied ? SnapshotState.WANTED : SnapshotState.NONE);
        if (copied) {
            sink.commit(Stream.concat(Stream.of(checkpoint), again.values().stream())
                    .toArray(CheckpointEntry[]::new));
        }
        try (SlotCreation creation = servers.slots()
                .create(settings.slot(), source.plugin(), settings.slotPolicy().failover())) {
            long lsn = creation.consistentPoint();
            log.info("made slot {} at {}", settings.slot(), Lsn.toString(lsn));
            if (!copied) {
                return withoutCopy(source.tables(), checkpoint.at(lsn));
            }
            Checkpoint copying = checkpoint.at(lsn).with(SnapshotState.COPYING);
            sink.commit(copying);
            for (TableProgress progress : copy(source.tables(), again, creation.snapshotName(), lsn, copying)) {
                table(progress).ifPresent(table -> known.add(table, key(progress)));
            }
            return finished(copying);
        }
    }

    /** The copy of a database may be shared; what is added to it later is not worth that. */
    private List<TableProgress> copy(
            List<Table> tables,
            Map<TableName, TableProgress> progress,
            String snapshot,
            long lsn,
            Checkpoint checkpoint) {
        Companions companions = servers.companions();
        return checkpoint.snapshot() == SnapshotState.COPYING && SharedCopy.isWanted(companions, checkpoint)
                ? new SharedCopy(settings, companions, copies, sink).copy(tables, progress, snapshot, lsn, checkpoint)
                : copies.copy(tables, progress, snapshot, lsn);
    }

    private Checkpoint adoptSlot(Slot slot) {
        log.info(
                "slot {} is there without a checkpoint: going on at {} without a snapshot",
                settings.slot(),
                Lsn.toString(slot.confirmedFlushLsn()));
        return withoutCopy(source.tables(), checkpoint(slot.plugin(), slot.confirmedFlushLsn(), SnapshotState.NONE));
    }

    private Checkpoint checkpoint(String plugin, long lsn, SnapshotState snapshot) {
        return new Checkpoint(
                settings.slot(),
                servers.postgres().systemIdentifier(),
                servers.postgres().database(),
                plugin,
                lsn,
                snapshot,
                properties());
    }

    private Map<String, String> properties() {
        Map<String, String> all = new HashMap<>();
        all.put(
                StartPlan.TIMELINE,
                Integer.toString(servers.postgres().timeline().id()));
        if (settings.snapshot() == SnapshotMode.ONLY) {
            all.putAll(StartPlan.ONLY);
        }
        return all;
    }

    /** What is not complete is copied under a new snapshot, while the stream still begins at {@code lsn}. */
    private Checkpoint resume(CheckpointState state, long lsn, boolean asIs) {
        Checkpoint found = state.checkpoint().orElseThrow().at(lsn);
        Checkpoint own = found.with(properties());
        Checkpoint last = Call.of(found).map(call -> call.in(own)).orElse(own);
        sink.resume(last);
        if (StartPlan.isOnly(found) != StartPlan.isOnly(last)) {
            // Now it is to stay: what was to be copied only is followed from here on.
            sink.commit(last);
        }
        if (asIs) {
            source.tables().forEach(table -> known.add(table, ""));
            state.tables().values().forEach(progress -> remember(progress, lsn));
            TopicReview.addLeft(state.left().values(), known, lsn);
            return last;
        }
        Set<Integer> added = publishes() ? servers.publications().toBeAdded(source.tables()) : Set.of();
        Map<TableName, TableProgress> progress = review(state, lsn, added);
        publish();
        lookHowCaptured();
        Map<Integer, CapturedAs> watched = new HashMap<>(capturedAs);
        List<Table> missing = new ArrayList<>();
        for (Table table : source.tables()) {
            TableProgress before = progress.get(table.knownAs());
            if (before != null && before.complete()) {
                remember(before, lsn);
                // What has changed since that was decided has to be noticed.
                watched.put(table.oid(), before.capturedAs());
            } else {
                missing.add(table);
            }
        }
        capturedAs = watched;
        if (missing.isEmpty()) {
            return finished(last);
        }
        log.info(
                "{} tables are not complete in Kafka and are copied first: {}",
                missing.size(),
                missing.stream().limit(10).map(Table::name).toList());
        boolean begun = last.snapshot() == SnapshotState.WANTED || last.snapshot() == SnapshotState.COPYING;
        Checkpoint copying = begun ? last.with(SnapshotState.COPYING) : last;
        sink.commit(copying);
        awaitWriters(missing, added);
        try (SnapshotExport export = SnapshotExport.open(settings.postgres())) {
            for (TableProgress copied : copy(missing, progress, export.name(), export.lsn(), copying)) {
                remember(copied, lsn);
            }
        }
        return finished(copying);
    }

    /**
     * A table that joins a publication may have writers whose changes are not published. And a commit that waits for a standby is
     * in the log, and may be in Kafka, before a snapshot sees it: what such writers change must not be copied as it was.
     */
    private void awaitWriters(List<Table> missing, Set<Integer> added) {
        boolean seenLate =
                !servers.postgres().setting("synchronous_standby_names").isBlank();
        boolean published = source.plugin() == Plugin.PGOUTPUT;
        boolean ours = settings.publication().isEmpty();
        Writers.await(
                servers.postgres(),
                missing.stream()
                        .filter(table -> seenLate || (published && (!ours || added.contains(table.oid()))))
                        .toList());
        if (!added.isEmpty()) {
            servers.publications().refresh();
        }
    }

    /**
     * What was copied of a table is of no use once its changes were not seen for a while: it was left out, or it lost its
     * replica identity and with it its place in the publication. Written down before the table is published again, since
     * nothing tells afterwards. Of a table that lost it within its copy, the rest would not fit to what was copied.
     */
    private Map<TableName, TableProgress> review(CheckpointState state, long lsn, Set<Integer> added) {
        boolean tampered = publishes() && servers.places().areTampered();
        if (tampered) {
            log.warn(
                    "the publications of slot {} were altered by another client: changes may be missing, and every table is"
                            + " copied again",
                    settings.slot());
        }
        Predicate<Table> again = table -> tampered
                || added.contains(table.oid())
                || source.copyAgain().contains(table.oid())
                || lostUpdates(table, state.tables().get(table.knownAs()));
        TopicReview review = review(state, again);
        List<CheckpointEntry> entries = new ArrayList<>(review.entries());
        entries.addAll(0, TopicReview.passed(state, lsn));
        if (!entries.isEmpty()) {
            sink.commit(entries.toArray(CheckpointEntry[]::new));
        }
        source.copyAgain().clear();
        if (tampered) {
            servers.publications().restore();
        }
        review.addFormer(known, lsn);
        return review.progress();
    }

    /** Whether a copy that was cut short counts on updates that the stream does not bring any more. */
    private boolean lostUpdates(Table table, @Nullable TableProgress progress) {
        return progress != null
                && progress.oid() == table.oid()
                && !progress.complete()
                && !progress.readAs().isEmpty()
                && !copies.streamsUpdates(table);
    }

    private void remember(TableProgress progress, long streamLsn) {
        Optional<Table> table = table(progress);
        if (table.isEmpty()) {
            return;
        }
        if (progress.visible().isEmpty() || !Lsn.isBefore(streamLsn, progress.lsn())) {
            known.add(table.get(), key(progress));
        } else {
            known.add(
                    table.get(),
                    key(progress),
                    snapshots.computeIfAbsent(progress.visible(), VisibleTransactions::parse),
                    progress.lsn());
        }
    }

    private Optional<Table> table(TableProgress progress) {
        return Optional.ofNullable(byOid.get(progress.oid()));
    }

    /** Of an older release's entry the key is not known: the present one has to do. */
    private String key(TableProgress progress) {
        String then = progress.capturedAs().key();
        return then.isEmpty()
                ? capturedAs.getOrDefault(progress.oid(), CapturedAs.UNKNOWN).key()
                : then;
    }

    private Checkpoint withoutCopy(List<Table> tables, Checkpoint checkpoint) {
        List<CheckpointEntry> entries = new ArrayList<>();
        for (Table table : tables) {
            TableProgress progress = TableProgress.notCopied(
                            settings.slot(), table.knownAs(), table.root(), table.oid(), table.fileNode())
                    .as(capturedAs.getOrDefault(table.oid(), CapturedAs.UNKNOWN), table.rootOid());
            entries.add(progress);
            known.add(table, key(progress));
        }
        entries.add(checkpoint);
        sink.commit(entries.toArray(CheckpointEntry[]::new));
        return checkpoint;
    }

    private Checkpoint finished(Checkpoint checkpoint) {
        if (checkpoint.snapshot() == SnapshotState.NONE || checkpoint.snapshot() == SnapshotState.COMPLETE) {
            return checkpoint;
        }
        Checkpoint complete = Call.none(checkpoint.with(SnapshotState.COMPLETE));
        sink.commit(complete);
        return complete;
    }
}
