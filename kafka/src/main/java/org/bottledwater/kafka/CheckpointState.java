package org.bottledwater.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bottledwater.change.TableName;

/**
 * All that the checkpoint topic remembers of a slot.
 *
 * @param tables those that are captured
 * @param left those that are dropped or no longer captured, but of which changes may come
 * @param writtenAt when the newest of it was written, in milliseconds since 1970; 0 if there is none
 */
public record CheckpointState(
        Optional<Checkpoint> checkpoint,
        Map<TableName, TableProgress> tables,
        Map<TableName, TableProgress> left,
        List<CopyRequest> requests,
        long writtenAt) {
    /** Nothing. */
    public static final CheckpointState NONE = new CheckpointState(Optional.empty(), Map.of(), Map.of(), List.of(), 0);

    public CheckpointState {
        tables = Map.copyOf(tables);
        left = Map.copyOf(left);
        requests = List.copyOf(requests);
    }

    /** @param all those that are captured, and those that no longer are */
    public static CheckpointState of(
            Optional<Checkpoint> checkpoint,
            Collection<TableProgress> all,
            List<CopyRequest> requests,
            long writtenAt) {
        Map<Boolean, Map<TableName, TableProgress>> byName = all.stream()
                .collect(Collectors.partitioningBy(
                        TableProgress::hasLeft, Collectors.toMap(TableProgress::table, progress -> progress)));
        return new CheckpointState(
                checkpoint,
                byName.getOrDefault(false, Map.of()),
                byName.getOrDefault(true, Map.of()),
                requests,
                writtenAt);
    }

    /** The same with other tables. */
    public CheckpointState with(Map<TableName, TableProgress> newTables, List<CopyRequest> newRequests) {
        return new CheckpointState(checkpoint, newTables, left, newRequests, writtenAt);
    }

    /** All that is written of tables. */
    public Stream<TableProgress> allTables() {
        return Stream.concat(tables.values().stream(), left.values().stream());
    }

    /** What makes Kafka forget the tables: the snapshot is complete, or begins anew. */
    public CheckpointEntry[] tablesGone() {
        return allTables().map(CheckpointEntry::gone).toArray(CheckpointEntry[]::new);
    }

    /** What makes Kafka forget the slot. */
    public CheckpointEntry[] gone() {
        List<CheckpointEntry> gone = new ArrayList<>(List.of(tablesGone()));
        requests.forEach(request -> gone.add(request.gone()));
        checkpoint.ifPresent(entry -> gone.add(entry.gone()));
        return gone.toArray(CheckpointEntry[]::new);
    }
}
