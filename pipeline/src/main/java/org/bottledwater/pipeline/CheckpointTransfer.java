package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.ConnectOffsets;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Inspection;
import org.bottledwater.postgres.Slot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the position of a slot to a connector of Kafka Connect, and takes it back. Slot, publications and topics stay as they
 * are. In the checkpoint topic it is written down that it was handed over, so that an instance which is started by habit
 * does not run beside the connector.
 */
public final class CheckpointTransfer {
    /** After its end an instance, or a task, lets go of the server within moments. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    /** Kafka may undo what is being committed, for reasons of its own: a run begins again then, and so does this. */
    private static final int TRIES = 4;

    private static final Logger log = LoggerFactory.getLogger(CheckpointTransfer.class);

    private CheckpointTransfer() {}

    /**
     * What was moved.
     *
     * @param lsn everything before it is in Kafka
     * @param offsets the body of {@code PATCH /connectors/NAME/offsets}
     */
    public record Moved(long lsn, int tables, String offsets) {
        private static Moved of(Settings settings, CheckpointState state, long sequence) {
            return new Moved(
                    state.checkpoint().orElseThrow().lsn(),
                    state.tables().size(),
                    ConnectOffsets.write(settings.slot(), state, sequence));
        }
    }

    /**
     * Hands over. Done again it says the same again.
     *
     * @throws ConfigurationException if the slot is in use, or if a connector could not go on from here
     */
    public static Moved export(Settings settings) throws InterruptedException {
        return export(settings, () -> new KafkaDestination(settings));
    }

    static Moved export(Settings settings, Supplier<Destination> destinations) throws InterruptedException {
        return untilCommitted(() -> exportOnce(settings, destinations.get()));
    }

    private static Moved exportOnce(Settings settings, Destination destination)
            throws InterruptedException, UndoneException {
        try (Connections servers = Connections.open(settings, destination)) {
            servers.reachDestination();
            awaitFree(settings, servers);
            // Also fences an instance that does not show on the server: what it has not committed is undone.
            Sink sink = servers.sink();
            CheckpointState found = servers.checkpoint();
            Checkpoint last = found.checkpoint()
                    .orElseThrow(() -> new ConfigurationException("nothing has been copied for slot " + settings.slot()
                            + ": there is no position to hand over"
                            + "\n  check --slot and --broker; a connector that is to begin anew needs none"));
            CheckpointState own = with(found, ConnectOffsets.taken(last));
            requireComplete(own);
            requireNotGoneOn(settings, servers, last);
            requireResumable(settings, servers, own);
            if (ConnectOffsets.isHandedOver(last)) {
                return Moved.of(settings, own, ConnectOffsets.sequence(last));
            }
            // Greater than the numbers of every connector that had the slot before: those store far less often.
            long sequence = System.currentTimeMillis();
            Checkpoint mark = ConnectOffsets.handedOver(last, sequence);
            commit(sink, mark);
            requireStillFree(settings, servers, sink, last, mark);
            return Moved.of(settings, own, sequence);
        }
    }

    /**
     * Takes over what a connector has come to.
     *
     * @param offsets the answer of {@code GET /connectors/NAME/offsets}, or what {@link #export} gave
     * @throws ConfigurationException if the slot is in use, if a run could not go on from there, or if the command line itself
     *     is where the slot goes on
     */
    public static Moved take(Settings settings, String offsets) throws InterruptedException {
        return take(settings, offsets, () -> new KafkaDestination(settings));
    }

    static Moved take(Settings settings, String offsets, Supplier<Destination> destinations)
            throws InterruptedException {
        return untilCommitted(() -> takeOnce(settings, offsets, destinations.get()));
    }

    private static Moved takeOnce(Settings settings, String offsets, Destination destination)
            throws InterruptedException, UndoneException {
        CheckpointState moved = ConnectOffsets.read(settings.slot(), offsets);
        try (Connections servers = Connections.open(settings, destination)) {
            servers.reachDestination();
            awaitFree(settings, servers);
            Sink sink = servers.sink();
            CheckpointState before = servers.checkpoint();
            long sequence = ConnectOffsets.sequence(settings.slot(), offsets);
            if (isTaken(before, moved)) {
                return Moved.of(settings, moved, sequence);
            }
            requireNewer(settings, before, moved, sequence);
            requireNotShared(moved.checkpoint().orElseThrow());
            requireNotOutrun(settings, servers, moved.checkpoint().orElseThrow());
            requireResumable(settings, servers, moved);
            List<CheckpointEntry> entries = new ArrayList<>();
            Set<String> kept = moved.allTables().map(TableProgress::key).collect(Collectors.toSet());
            before.allTables()
                    .filter(progress -> !kept.contains(progress.key()))
                    .forEach(progress -> entries.add(progress.gone()));
            moved.allTables().forEach(entries::add);
            moved.checkpoint().ifPresent(entries::add);
            // Once more: it may have been resumed meanwhile. Afterwards it may be the next run that has it, by right.
            awaitFree(settings, servers);
            commit(sink, entries.toArray(CheckpointEntry[]::new));
            return Moved.of(settings, moved, sequence);
        }
    }

    /** Each try looks at everything anew: the one before it may have been committed, and only its answer be lost. */
    private static Moved untilCommitted(Try moving) throws InterruptedException {
        for (int left = TRIES - 1; ; left--) {
            try {
                return moving.run();
            } catch (UndoneException e) {
                if (left == 0) {
                    throw e.reason;
                }
                log.warn("{}; trying again", e.reason.getMessage());
            }
        }
    }

    private interface Try {
        Moved run() throws InterruptedException, UndoneException;
    }

    private static void commit(Sink sink, CheckpointEntry... entries) throws UndoneException {
        try {
            sink.commit(entries);
        } catch (ConnectionException e) {
            throw new UndoneException(e);
        }
    }

    /** Of a server that is merely away a try speaks before it comes to this. */
    private static final class UndoneException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient ConnectionException reason;

        UndoneException(ConnectionException reason) {
            super(reason);
            this.reason = reason;
        }
    }

    private static CheckpointState with(CheckpointState state, Checkpoint checkpoint) {
        return new CheckpointState(
                Optional.of(checkpoint), state.tables(), state.left(), state.requests(), state.writtenAt());
    }

    /** A slot that is being copied is not active, but its instance has sessions. */
    private static void awaitFree(Settings settings, Connections servers) throws InterruptedException {
        Inspection inspection = new Inspection(servers.postgres());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<Slot> slot = servers.slots().find(settings.slot());
            boolean active = slot.filter(Slot::active).isPresent();
            if (!active && inspection.sessions(Settings.sessionsOf(settings.slot())) == 0) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new ConfigurationException("slot " + settings.slot() + " is in use"
                        + (active ? ": pid=" + slot.get().activePid() : " by an instance that copies tables")
                        + "\n  stop the instance, or the connector, that reads it first");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN.toMillis());
        }
    }

    /**
     * An instance that delivers at least once is not fenced, and one that waits for a server has no session. Whoever has one
     * now may have begun before it was handed over; whoever begins later reads that it was.
     */
    private static void requireStillFree(
            Settings settings, Connections servers, Sink sink, Checkpoint last, Checkpoint mark)
            throws InterruptedException {
        try {
            awaitFree(settings, servers);
        } catch (ConfigurationException e) {
            // If it has gone on already, it has written so itself.
            if (servers.checkpoint().checkpoint().filter(mark::equals).isPresent()) {
                sink.commit(last);
            }
            throw e;
        }
    }

    /** What a connector could not finish the way a run would. */
    private static void requireComplete(CheckpointState state) {
        Checkpoint last = state.checkpoint().orElseThrow();
        if (StartPlan.isOnly(last)) {
            throw new ConfigurationException("slot " + last.slot() + " is that of a copy that ends by itself"
                    + " (--snapshot=only), which a connector does not do\n  let it finish");
        }
        if (last.snapshot() == SnapshotState.WANTED) {
            throw new ConfigurationException("nothing has been copied for slot " + last.slot()
                    + " yet: there is no position to hand over"
                    + "\n  bottledwater drop, and let the connector begin by itself");
        }
        if (!state.requests().isEmpty()) {
            throw new ConfigurationException("tables were asked for by 'bottledwater snapshot' and are not copied yet: "
                    + state.requests().get(0).tables() + "\n  start the instance once more and let it copy them");
        }
        state.tables().values().stream()
                .filter(progress -> !progress.complete() && progress.before().isPresent())
                .findFirst()
                .ifPresent(progress -> {
                    throw new ConfigurationException("table " + progress.table()
                            + " is being copied once more, and a connector cannot clear the topic of what is gone"
                            + "\n  start the instance once more and let it finish the copy");
                });
    }

    /** Of a copy that several tasks make, these offsets have only one task's part. */
    private static void requireNotShared(Checkpoint next) {
        if (Call.of(next).isPresent()) {
            throw new ConfigurationException("slot " + next.slot() + " is being copied by several tasks together"
                    + " (task.division=snapshot), and a part of what they have done is not in these offsets"
                    + "\n  resume the connector, and let the copy end first");
        }
    }

    /** A second export would give away a position that is not the last any more. */
    private static void requireNotGoneOn(Settings settings, Connections servers, Checkpoint last) {
        if (!ConnectOffsets.isHandedOver(last)) {
            return;
        }
        Optional<Slot> ahead = ahead(settings, servers, last);
        if (ConnectOffsets.isFollowed(last) || ahead.isPresent()) {
            String position = Lsn.toString(ahead.map(StartPlan::positionOf).orElse(last.lsn()));
            throw new ConfigurationException(
                    "slot " + settings.slot() + " was handed over to Kafka Connect, and the connector"
                            + " has gone on to " + position + ": there is nothing to export; handedOver="
                            + Lsn.toString(last.lsn())
                            + "\n  to take it back, stop the connector, GET its offsets:  bottledwater checkpoint import FILE");
        }
    }

    /** What a start would take for the loss of the slot is, after an export, an old file. */
    private static void requireNotOutrun(Settings settings, Connections servers, Checkpoint next) {
        ahead(settings, servers, next).ifPresent(slot -> {
            throw new ConfigurationException("these offsets of slot " + settings.slot()
                    + " are older than what the connector has read: slot=" + Lsn.toString(StartPlan.positionOf(slot))
                    + " offsets=" + Lsn.toString(next.lsn()) + "\n  stop the connector, and then GET its offsets again"
                    + "\n  if these are the newest, the slot was advanced, or dropped and made anew, by somebody else:"
                    + " bottledwater drop, and begin anew");
        });
    }

    /** The slot, if it is beyond a position of this database. */
    private static Optional<Slot> ahead(Settings settings, Connections servers, Checkpoint checkpoint) {
        boolean here = checkpoint.systemIdentifier().equals(servers.postgres().systemIdentifier())
                && checkpoint.database().equals(servers.postgres().database());
        return servers.slots()
                .find(settings.slot())
                .filter(slot -> here && !slot.isLost() && Lsn.isBefore(checkpoint.lsn(), StartPlan.positionOf(slot)));
    }

    /** All that a start looks at: server, timeline, slot, publications. */
    private static void requireResumable(Settings settings, Connections servers, CheckpointState state) {
        Optional<Slot> slot = servers.slots().find(settings.slot());
        StartPlan plan = StartPlan.of(settings, Found.by(settings, servers.postgres(), slot, state, false));
        if (!(plan instanceof StartPlan.Resume)) {
            throw new ConfigurationException("slot " + settings.slot()
                    + " is gone, or was not made yet: nothing can go on from this position"
                    + "\n  bottledwater drop, and begin anew where it is to run");
        }
    }

    /** Whether this very state is here already, from an import that was thought to have failed. */
    private static boolean isTaken(CheckpointState before, CheckpointState moved) {
        return before.checkpoint().equals(moved.checkpoint()) && before.tables().equals(moved.tables());
    }

    /** Where a copy is not complete the position stands still, and only the number tells. */
    private static void requireNewer(Settings settings, CheckpointState before, CheckpointState moved, long sequence) {
        if (before.checkpoint().isEmpty()) {
            return;
        }
        Checkpoint last = before.checkpoint().get();
        Checkpoint next = moved.checkpoint().orElseThrow();
        if (!ConnectOffsets.isHandedOver(last)) {
            throw new ConfigurationException(
                    "the command line is where slot " + settings.slot() + " goes on: checkpoint="
                            + Lsn.toString(last.lsn()) + " offsets=" + Lsn.toString(next.lsn())
                            + "; it was not handed over by 'bottledwater checkpoint export'"
                            + "\n  if the connector has run since, nothing tells which of the two is right: bottledwater drop,"
                            + " and begin anew");
        }
        if (Lsn.isBefore(next.lsn(), last.lsn()) || sequence < ConnectOffsets.sequence(last)) {
            String what = "these offsets of slot " + settings.slot() + " are older than what ";
            String offsets = Lsn.toString(last.lsn()) + " offsets=" + Lsn.toString(next.lsn()) + " sequence="
                    + ConnectOffsets.sequence(last) + "/" + sequence;
            String again = "\n  stop the connector, and then GET its offsets";
            if (!ConnectOffsets.isFollowed(last)) {
                throw new ConfigurationException(what + "was handed over: handedOver=" + offsets + again);
            }
            throw new ConfigurationException(
                    what + "the connector has come to: connector=" + offsets + again
                            + "\n  if these are the newest, it was killed before it stored how far it was: resume it, and stop it again");
        }
    }
}
