package org.bottledwater.pipeline;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.SnapshotState;

/**
 * What the one who leads tells the others, as properties of its checkpoint: that there is a copy to be made together. Who has
 * joined a call has it in its own checkpoint, and sends nothing any more that belongs to an earlier one.
 *
 * @param id no two calls have the same
 * @param shares among how many the tables are divided
 * @param stripe see {@link Share}
 * @param snapshot the name of the exported snapshot; another after an outage, in the same call
 * @param lsn where that was taken
 * @param begun whether all have joined
 */
record Call(String id, int shares, long stripe, String snapshot, long lsn, boolean begun) {
    private static final String ID = "call";
    private static final String SHARES = "call.shares";
    private static final String STRIPE = "call.stripe";
    private static final String SNAPSHOT = "call.snapshot";
    private static final String LSN = "call.lsn";
    private static final String BEGUN = "call.begun";

    static Call make(int shares, long stripe, String snapshot, long lsn) {
        return new Call(UUID.randomUUID().toString(), shares, stripe, snapshot, lsn, false);
    }

    /** The call of a copy that is not complete. */
    static Optional<Call> of(Checkpoint checkpoint) {
        Map<String, String> properties = checkpoint.properties();
        if (checkpoint.snapshot() != SnapshotState.COPYING || !properties.containsKey(ID)) {
            return Optional.empty();
        }
        return Optional.of(new Call(
                properties.getOrDefault(ID, ""),
                Integer.parseInt(properties.getOrDefault(SHARES, "1")),
                Long.parseLong(properties.getOrDefault(STRIPE, "1")),
                properties.getOrDefault(SNAPSHOT, ""),
                Lsn.parse(properties.getOrDefault(LSN, "0/0")),
                Boolean.parseBoolean(properties.get(BEGUN))));
    }

    /** The same under another snapshot. */
    Call under(String newSnapshot, long newLsn) {
        return new Call(id, shares, stripe, newSnapshot, newLsn, begun);
    }

    Call asBegun() {
        return new Call(id, shares, stripe, snapshot, lsn, true);
    }

    Share share(int number) {
        return new Share(number, shares, stripe);
    }

    /** The checkpoint with the call in it. */
    Checkpoint in(Checkpoint checkpoint) {
        Map<String, String> properties = new HashMap<>(checkpoint.properties());
        properties.putAll(Map.of(
                ID, id,
                SHARES, Integer.toString(shares),
                STRIPE, Long.toString(stripe),
                SNAPSHOT, snapshot,
                LSN, Lsn.toString(lsn),
                BEGUN, Boolean.toString(begun)));
        return checkpoint.with(properties);
    }

    /** The checkpoint without any. */
    static Checkpoint none(Checkpoint checkpoint) {
        Map<String, String> properties = new HashMap<>(checkpoint.properties());
        properties.keySet().removeIf(name -> name.equals(ID) || name.startsWith(ID + "."));
        return checkpoint.with(properties);
    }

    boolean isSame(Checkpoint other) {
        return id.equals(other.properties().get(ID));
    }

    /** Whether who has come so far sends nothing of an earlier call. */
    boolean isJoinedBy(CheckpointState state) {
        return state.checkpoint().filter(this::isSame).isPresent();
    }

    /** Whether all that fell to it is in Kafka. */
    boolean isDoneBy(CheckpointState state) {
        return state.checkpoint()
                .filter(this::isSame)
                .filter(found -> found.snapshot() == SnapshotState.COMPLETE)
                .isPresent();
    }
}
