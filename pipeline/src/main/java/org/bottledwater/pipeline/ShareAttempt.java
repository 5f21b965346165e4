package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.kafka.Blocks;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.Topic;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Helps with a copy that another one leads: waits for a {@link Call}, joins it, copies the {@link Share} that falls to it, and
 * says so. It has no slot and follows no changes; without a call it has nothing to do, and no session on the server.
 */
final class ShareAttempt implements Undertaking {
    private static final Logger log = LoggerFactory.getLogger(ShareAttempt.class);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final int RARELY = 20;

    private final Settings settings;
    private final Destination destination;
    private final PipelineListener listener;
    private final Pipeline.Memory memory;
    private final BooleanSupplier stopping;
    private final Share share;
    private final String name;
    private volatile @Nullable Connections servers;
    private volatile @Nullable Copying copying;

    ShareAttempt(
            Settings settings,
            Destination destination,
            PipelineListener listener,
            Pipeline.Memory memory,
            BooleanSupplier stopping,
            Share share) {
        this.settings = settings;
        this.destination = destination;
        this.listener = listener;
        this.memory = memory;
        this.stopping = stopping;
        this.share = share;
        this.name = Share.slotOf(settings.slot(), share.number());
    }

    @Override
    public void run() throws InterruptedException {
        Sink sink = destination.sink();
        CheckpointState own = destination.checkpoint();
        // It is the one who leads that says what is wrong with the servers.
        memory.established = true;
        CheckpointState lead = awaitCall(own);
        if (stopping.getAsBoolean()) {
            return;
        }
        Checkpoint called = lead.checkpoint().orElseThrow();
        Call call = Call.of(called).orElseThrow();
        Checkpoint joined = call.in(new Checkpoint(
                name,
                called.systemIdentifier(),
                called.database(),
                called.plugin(),
                called.lsn(),
                SnapshotState.COPYING,
                Map.of()));
        CheckpointState mine = own;
        if (!call.isJoinedBy(own)) {
            // What was done for another call was counted in when this one was made, or is of no use.
            List<CheckpointEntry> entries = new ArrayList<>(List.of(own.tablesGone()));
            entries.add(joined);
            sink.commit(entries.toArray(CheckpointEntry[]::new));
            mine = CheckpointState.NONE;
        }
        if (isBegun(call)) {
            copy(call, sink, mine);
            sink.commit(joined.with(SnapshotState.COMPLETE));
            log.info("share {} of {} of the copy is in Kafka", share.number() + 1, call.shares());
        }
    }

    /** What the one who leads has committed, with a call in it of which this share is not done. */
    private CheckpointState awaitCall(CheckpointState own) throws InterruptedException {
        memory.status.enter(RunStatus.Phase.WAITING, "for a copy to help with");
        for (long looks = 0; !stopping.getAsBoolean(); looks++) {
            // The slot of a copy that was just begun is not there yet; once it is complete, that may be for good.
            if (looks < RARELY || looks % RARELY == 0) {
                CheckpointState lead = destination.companions().of(0);
                Optional<Call> call = called(lead);
                if (call.isPresent() && !call.get().isDoneBy(own)) {
                    return lead;
                }
                if (isSoon(lead)) {
                    looks = 0;
                }
            }
            Thread.sleep(LOOK.toMillis());
        }
        return CheckpointState.NONE;
    }

    private static boolean isSoon(CheckpointState lead) {
        return lead.checkpoint()
                .map(Checkpoint::snapshot)
                .filter(snapshot -> snapshot == SnapshotState.COMPLETE || snapshot == SnapshotState.NONE)
                .isEmpty();
    }

    /** With another number of shares this one was started for something that is over. */
    private Optional<Call> called(CheckpointState lead) {
        return lead.checkpoint().flatMap(Call::of).filter(call -> call.shares() == share.count());
    }

    /** Waits until all have joined; false if that is not to be. */
    private boolean isBegun(Call call) throws InterruptedException {
        while (!stopping.getAsBoolean()) {
            Optional<Call> now = called(destination.companions().of(0));
            if (now.isEmpty() || !now.get().id().equals(call.id())) {
                return false;
            }
            if (now.get().begun()) {
                return true;
            }
            Thread.sleep(LOOK.toMillis());
        }
        return false;
    }

    private void copy(Call call, Sink sink, CheckpointState own) {
        CheckpointState lead = destination.companions().of(0);
        Call now = requireSame(call, lead);
        Connections open = Connections.open(settings, destination);
        servers = open;
        requireSameDatabase(lead.checkpoint().orElseThrow(), open.postgres());
        Settings here = settings.on(open.postgres());
        KnownTables known =
                new KnownTables(VisibleTransactions.parse(open.postgres().visibleTransactions()), Set.of());
        Routes routes = new Routes(here, open.topics(), open.schemas(), known, open.catalog(), memory.status);
        Copying copies = new Copying(
                here,
                open,
                listener,
                new ErrorPolicy(here.onError(), memory.status),
                sink,
                routes,
                memory.status,
                stopping,
                any -> true);
        copying = copies;
        List<Table> tables = Renames.resolve(here, lead, CapturedTables.of(here, open.postgres()));
        List<TableCopy> parts = tables.stream()
                .flatMap(table -> part(table, lead, own, copies, now).stream())
                .toList();
        Map<String, Topic> topics =
                copies.prepare(parts.stream().map(TableCopy::table).toList());
        Copying.Snapshot snapshot = new Copying.Snapshot(now.snapshot(), now.lsn(), copies.visible(now.snapshot()));
        copies.carry(
                snapshot,
                parts,
                topics,
                () -> requireSame(call, destination.companions().of(0)));
        copies.finish(parts.stream().map(TableCopy::progress).toList(), parts);
    }

    /** A table that is not what the one who leads has seen is left to him. */
    private Optional<TableCopy> part(
            Table table, CheckpointState lead, CheckpointState own, Copying copies, Call call) {
        TableProgress theirs = lead.tables().get(table.knownAs());
        if (theirs == null
                || theirs.complete()
                || theirs.oid() != table.oid()
                || theirs.fileNode() != table.fileNode()
                || !theirs.root().equals(table.root())) {
            return Optional.empty();
        }
        Blocks done = Optional.ofNullable(own.tables().get(table.knownAs()))
                .filter(ours -> SharedCopy.isOfSameRows(ours, theirs))
                .map(ours -> theirs.blocks().and(ours.blocks()))
                .orElse(theirs.blocks());
        TableProgress begun = new TableProgress(
                        name,
                        theirs.table(),
                        theirs.root(),
                        theirs.oid(),
                        theirs.fileNode(),
                        done,
                        false,
                        theirs.visible(),
                        theirs.readAs(),
                        theirs.lsn(),
                        Optional.empty())
                .as(theirs.capturedAs(), theirs.rootOid());
        return Optional.of(copies.goOn(table, begun, call.share(share.number())));
    }

    private Call requireSame(Call call, CheckpointState lead) {
        return called(lead)
                .filter(now -> now.id().equals(call.id()))
                .orElseThrow(() -> new ConnectionException(
                        "the task that leads has begun another copy", new IllegalStateException("call " + call.id())));
    }

    private void requireSameDatabase(Checkpoint lead, Postgres postgres) {
        if (!lead.systemIdentifier().equals(postgres.systemIdentifier())
                || !lead.database().equals(postgres.database())) {
            throw new ConfigurationException("this is not the database that the task that leads copies: "
                    + settings.postgres() + " systemIdentifier=" + postgres.systemIdentifier() + " expected="
                    + lead.systemIdentifier() + "\n  all tasks have to reach the same server");
        }
    }

    @Override
    public boolean isOver() {
        return false;
    }

    @Override
    public void hurry() {
        Copying copies = copying;
        if (copies != null) {
            copies.interrupt();
        }
    }

    @Override
    public void abort() {
        Connections open = servers;
        if (open != null) {
            open.postgres().abort();
        }
    }

    @Override
    public void close() {
        Connections open = servers;
        if (open != null) {
            open.close();
        } else {
            destination.close();
        }
    }
}
