package org.bottledwater.kafka;

import java.util.Map;
import org.bottledwater.change.Lsn;

/**
 * How far the copy of a database has come: what a start needs to go on.
 *
 * @param slot the replication slot, which is also the record's key
 * @param systemIdentifier of the server, {@code IDENTIFY_SYSTEM}: a slot's name alone does not tell two servers apart
 * @param database the database's name
 * @param plugin the slot's output plugin
 * @param lsn everything before it is in Kafka; {@link Lsn#INVALID} while there is no slot
 * @param properties what else the pipeline wants to find again
 */
public record Checkpoint(
        String slot,
        String systemIdentifier,
        String database,
        String plugin,
        long lsn,
        SnapshotState snapshot,
        Map<String, String> properties)
        implements CheckpointEntry {

    public Checkpoint {
        properties = Map.copyOf(properties);
    }

    @Override
    public String key() {
        return slot;
    }

    public Checkpoint at(long newLsn) {
        return new Checkpoint(slot, systemIdentifier, database, plugin, newLsn, snapshot, properties);
    }

    public Checkpoint with(SnapshotState newSnapshot) {
        return new Checkpoint(slot, systemIdentifier, database, plugin, lsn, newSnapshot, properties);
    }

    public Checkpoint with(Map<String, String> newProperties) {
        return new Checkpoint(slot, systemIdentifier, database, plugin, lsn, snapshot, newProperties);
    }

    @Override
    public String toString() {
        return "slot=" + slot + " database=" + database + " systemIdentifier=" + systemIdentifier + " plugin=" + plugin
                + " lsn=" + Lsn.toString(lsn) + " snapshot=" + snapshot + " properties=" + properties;
    }
}
