package org.bottledwater.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.TableName;

/**
 * All that the checkpoint topic remembers of a slot.
 *
 * @param writtenAt when the newest of it was written, in milliseconds since 1970; 0 if there is none
 */
public record CheckpointState(
        Optional<Checkpoint> checkpoint,
        Map<TableName, TableProgress> tables,
        List<CopyRequest> requests,
        long writtenAt) {
    /** Nothing. */
    public static final CheckpointState NONE = new CheckpointState(Optional.empty(), Map.of(), List.of(), 0);

    public CheckpointState {
        tables = Map.copyOf(tables);
        requests = List.copyOf(requests);
    }

    /** What makes Kafka forget the tables: the snapshot is complete, or begins anew. */
    public CheckpointEntry[] tablesGone() {
        return tables.values().stream().map(CheckpointEntry::gone).toArray(CheckpointEntry[]::new);
    }

    /** What makes Kafka forget the slot. */
    public CheckpointEntry[] gone() {
        List<CheckpointEntry> gone = new ArrayList<>(List.of(tablesGone()));
        requests.forEach(request -> gone.add(request.gone()));
        checkpoint.ifPresent(entry -> gone.add(entry.gone()));
        return gone.toArray(CheckpointEntry[]::new);
    }
}
