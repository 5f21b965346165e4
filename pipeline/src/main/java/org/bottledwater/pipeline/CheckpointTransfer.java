package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.ConnectOffsets;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.postgres.Inspection;
import org.bottledwater.postgres.Slot;

/**
 * Hands the position of a slot to a connector of Kafka Connect, and takes it back. Slot, publications and topics stay as they
 * are. In the checkpoint topic it is written down that it was handed over, so that an instance which is started by habit
 * does not run beside the connector.
 */
public final class CheckpointTransfer {
    /** After its end an instance, or a task, lets go of the server within moments. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private CheckpointTransfer() {}

    /**
     * What was moved.
     *
     * @param lsn everything before it is in Kafka
     * @param offsets the body of {@code PATCH /connectors/NAME/offsets}
     */
    public record Moved(long lsn, int tables, String offsets) {
        private static Moved of(Settings settings, CheckpointState state) {
            return new Moved(
                    state.checkpoint().orElseThrow().lsn(),
                    state.tables().size(),
                    ConnectOffsets.write(settings.slot(), state));
        }
    }

    /**
     * Hands over. Done again it says the same again.
     *
     * @throws ConfigurationException if the slot is in use, or if a connector could not go on from here
     */
    public static Moved export(Settings settings) throws InterruptedException {
        try (Connections servers = Connections.open(settings)) {
            servers.reachDestination();
            awaitFree(settings, servers);
            // Also fences an instance that does not show on the server: what it has not committed is undone.
            Sink sink = servers.sink();
            CheckpointState found = servers.checkpoint();
            Checkpoint last = found.checkpoint()
                    .orElseThrow(() -> new ConfigurationException("nothing has been copied for slot " + settings.slot()
                            + ": there is no position to hand over"
                            + "\n  check --slot and --broker; a connector that is to begin anew needs none"));
            CheckpointState own = with(found, StartPlan.taken(last));
            requireComplete(own);
            requireResumable(settings, servers, own);
            if (!StartPlan.isHandedOver(last)) {
                sink.commit(StartPlan.handedOver(last));
            }
            return Moved.of(settings, own);
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
        CheckpointState moved = ConnectOffsets.read(settings.slot(), offsets);
        try (Connections servers = Connections.open(settings)) {
            servers.reachDestination();
            awaitFree(settings, servers);
            Sink sink = servers.sink();
            CheckpointState before = servers.checkpoint();
            if (isTaken(before, moved)) {
                return Moved.of(settings, moved);
            }
            requireNewer(settings, before, moved);
            requireResumable(settings, servers, moved);
            List<CheckpointEntry> entries = new ArrayList<>();
            before.tables().values().stream()
                    .filter(progress -> !moved.tables().containsKey(progress.table()))
                    .forEach(progress -> entries.add(progress.gone()));
            entries.addAll(moved.tables().values());
            moved.checkpoint().ifPresent(entries::add);
            sink.commit(entries.toArray(CheckpointEntry[]::new));
            return Moved.of(settings, moved);
        }
    }

    private static CheckpointState with(CheckpointState state, Checkpoint checkpoint) {
        return new CheckpointState(Optional.of(checkpoint), state.tables(), state.requests(), state.writtenAt());
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

    private static void requireNewer(Settings settings, CheckpointState before, CheckpointState moved) {
        if (before.checkpoint().isEmpty()) {
            return;
        }
        Checkpoint last = before.checkpoint().get();
        Checkpoint next = moved.checkpoint().orElseThrow();
        if (!StartPlan.isHandedOver(last)) {
            throw new ConfigurationException(
                    "the command line is where slot " + settings.slot() + " goes on: checkpoint="
                            + Lsn.toString(last.lsn()) + " offsets=" + Lsn.toString(next.lsn())
                            + "; it was not handed over by 'bottledwater checkpoint export'"
                            + "\n  if the connector has run since, nothing tells which of the two is right: bottledwater drop,"
                            + " and begin anew");
        }
        if (Lsn.isBefore(next.lsn(), last.lsn())) {
            throw new ConfigurationException("these offsets of slot " + settings.slot()
                    + " are older than what was handed over: handedOver=" + Lsn.toString(last.lsn()) + " offsets="
                    + Lsn.toString(next.lsn()) + "\n  stop the connector, and then GET its offsets");
        }
    }
}
