package org.bottledwater.connect;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointJson;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.ConnectOffsets;
import org.bottledwater.kafka.TableProgress;
import org.jspecify.annotations.Nullable;

/**
 * What the checkpoint topic is to the command line, as {@link ConnectOffsets}. It is ahead of what is stored: it holds what
 * has been handed to the worker, which stores it in that order or fails.
 */
final class Ledger {
    private final String slot;
    private Optional<Checkpoint> checkpoint = Optional.empty();
    private final Map<String, TableProgress> tables = new HashMap<>();
    private long sequence;
    private volatile Map<String, Object> position = Map.of(ConnectOffsets.SEQUENCE, 0L);

    /** An entry of the checkpoint, and the offset that goes with it. */
    @SuppressWarnings("ArrayRecordComponent")
    record Line(
            String key,
            byte @Nullable [] value,
            Map<String, String> partition,
            @Nullable Map<String, Object> offset) {}

    Ledger(String slot) {
        this.slot = slot;
    }

    /**
     * Whether a task could go on from these offsets.
     *
     * @throws ConfigurationException if not; the message says why
     */
    static void check(Map<? extends Map<String, ?>, ? extends @Nullable Map<String, ?>> offsets) {
        offsets.forEach((partition, offset) -> {
            Object name = partition.get(ConnectOffsets.SLOT);
            if (partition.size() != 1 || !(name instanceof String text)) {
                throw new ConfigurationException(
                        "not a partition of ours: " + partition + "; write it like {\"slot\":\"bottledwater\"}");
            }
            String slot = text.replaceAll("/.*", "");
            if (!ConnectOffsets.partitions(slot).contains(ConnectOffsets.partition(text))) {
                throw new ConfigurationException("not a partition of ours: " + partition);
            }
            if (offset != null) {
                offset.forEach((field, value) -> ConnectOffsets.entry(slot, partition, field, value)
                        .ifPresent(entry -> ConnectOffsets.requireSlot(slot, partition, entry)));
            }
        });
    }

    Map<String, String> partition() {
        return ConnectOffsets.partition(slot);
    }

    /**
     * Takes over what is stored.
     *
     * @throws ConfigurationException for what this release cannot read
     */
    void read(Map<? extends Map<String, ?>, ? extends @Nullable Map<String, ?>> offsets) {
        for (Map<String, String> from : ConnectOffsets.partitions(slot)) {
            Map<String, ?> offset = offsets.get(from);
            if (offset != null) {
                offset.forEach((field, value) -> read(from, field, value));
            }
        }
        position = position();
    }

    private void read(Map<String, String> from, String field, @Nullable Object value) {
        Optional<CheckpointEntry> entry = ConnectOffsets.entry(slot, from, field, value);
        if (entry.isEmpty() && value instanceof Number number) {
            sequence = number.longValue();
        }
        entry.ifPresent(found -> {
            if (found instanceof TableProgress progress) {
                tables.put(field, progress);
            } else if (found instanceof Checkpoint last) {
                checkpoint = Optional.of(last);
            }
        });
    }

    CheckpointState state() {
        return CheckpointState.of(checkpoint, tables.values(), List.of(), 0);
    }

    /** The offset of everything that comes before the next end. */
    Map<String, Object> current() {
        return position;
    }

    long sequence() {
        return sequence;
    }

    /** Where the copy is; {@link Lsn#INVALID} if nothing is known. */
    long lsn() {
        return checkpoint.map(Checkpoint::lsn).orElse(Lsn.INVALID);
    }

    /** Takes entries over. What is to be written for them ends with the position, whether that has moved or not. */
    List<Line> write(Collection<CheckpointEntry> entries) {
        Set<Integer> changed = new HashSet<>();
        List<CheckpointEntry> others = new ArrayList<>();
        for (CheckpointEntry entry : entries) {
            if (entry instanceof Checkpoint found) {
                checkpoint = Optional.of(found);
            } else if (entry.key().equals(slot)) {
                checkpoint = Optional.empty();
            } else {
                if (entry instanceof TableProgress progress) {
                    tables.put(entry.key(), progress);
                } else {
                    tables.remove(entry.key());
                }
                changed.add(ConnectOffsets.share(entry.key()));
                others.add(entry);
            }
        }
        Map<Integer, Map<String, Object>> shares = shares(changed);
        List<Line> lines = new ArrayList<>();
        for (CheckpointEntry entry : others) {
            int share = ConnectOffsets.share(entry.key());
            lines.add(new Line(
                    entry.key(),
                    CheckpointJson.encode(entry),
                    ConnectOffsets.partition(slot, share),
                    shares.get(share)));
        }
        sequence++;
        position = position();
        lines.add(new Line(slot, mark(), partition(), position));
        return lines;
    }

    /** Where the topic is that of the command line, it says there whose slot this is. */
    private byte @Nullable [] mark() {
        return checkpoint
                .map(found -> CheckpointJson.encode(ConnectOffsets.followed(found, sequence)))
                .orElse(null);
    }

    /** One without tables is left out: Connect forgets what has no offset. */
    private Map<Integer, Map<String, Object>> shares(Set<Integer> changed) {
        Map<Integer, Map<String, Object>> shares = new HashMap<>();
        tables.forEach((key, progress) -> {
            int share = ConnectOffsets.share(key);
            if (changed.contains(share)) {
                shares.computeIfAbsent(share, first -> new TreeMap<>()).put(key, ConnectOffsets.text(progress));
            }
        });
        return shares;
    }

    private Map<String, Object> position() {
        Map<String, Object> offset = new TreeMap<>();
        offset.put(ConnectOffsets.SEQUENCE, sequence);
        checkpoint.ifPresent(found -> offset.put(ConnectOffsets.CHECKPOINT, ConnectOffsets.text(found)));
        return offset;
    }
}
