package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.ConnectOffsets;
import org.bottledwater.kafka.Sink;
import org.bottledwater.postgres.Slot;

/** Takes back everything that was made for a slot: the slot, our publications, the checkpoint. Topics stay. */
public final class Removal {
    private Removal() {}

    /** What there is to drop, a line each, for people. */
    public static List<String> plan(Settings settings) {
        try (Connections servers = Connections.open(settings)) {
            return describe(servers, settings);
        }
    }

    /**
     * Drops it.
     *
     * @return what was dropped, a line each
     * @throws ConfigurationException while somebody reads the slot
     */
    public static List<String> drop(Settings settings) {
        try (Connections servers = Connections.open(settings)) {
            servers.reachDestination();
            Optional<Slot> slot = servers.slots().find(settings.slot());
            if (slot.isPresent() && slot.get().active()) {
                throw new ConfigurationException("slot " + settings.slot() + " is in use: pid="
                        + slot.get().activePid() + "\n  stop the instance that reads it first");
            }
            // First of all it ends what a run that was killed has left open, behind which nobody can read.
            Sink sink = servers.sink();
            List<String> dropped = describe(servers, settings);
            CheckpointState state = servers.checkpoint();
            // The slot goes first: one that stayed without its checkpoint would be adopted, and any gap in it with it.
            servers.slots().drop(settings.slot());
            sink.commit(state.gone());
            servers.publications().drop();
            return dropped;
        }
    }

    private static List<String> describe(Connections servers, Settings settings) {
        servers.reachDestination();
        List<String> lines = new ArrayList<>();
        servers.slots()
                .find(settings.slot())
                .ifPresent(slot -> lines.add("replication slot " + slot.name() + " (" + slot.plugin() + ", restart at "
                        + Lsn.toString(slot.restartLsn()) + ")"));
        servers.publications().existing().forEach(name -> lines.add("publication " + name));
        CheckpointState state = servers.checkpoint();
        state.checkpoint()
                .ifPresent(checkpoint ->
                        lines.add("checkpoint of slot " + checkpoint.slot() + " at " + Lsn.toString(checkpoint.lsn())
                                + " with " + state.tables().size() + " tables"
                                + (ConnectOffsets.isHandedOver(checkpoint)
                                        ? ", handed over to Kafka Connect: a connector may be reading the slot"
                                        : "")));
        return lines;
    }
}
