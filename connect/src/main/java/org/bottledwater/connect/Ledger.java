package org.bottledwater.connect;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointJson;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.TableProgress;
import org.jspecify.annotations.Nullable;

/**
 * What the checkpoint topic is to the command line, as offsets of Connect's:
 *
 * <pre>
 *   {"slot":"s"}    {"sequence":17,"checkpoint":"{…}"}       the position
 *   {"slot":"s/3"}  {"s/snapshot/public.orders":"{…}", …}    how far the tables of this share have been copied
 * </pre>
 *
 * The number of partitions is fixed, as Connect gives only what is asked for by name. It is ahead of what is stored: it
 * holds what has been handed to the worker, which stores it in that order or fails.
 */
final class Ledger {
    static final String SLOT = "slot";
    static final String SEQUENCE = "sequence";
    static final String CHECKPOINT = "checkpoint";
    private static final int SHARES = 32;

    private final String slot;
    private Optional<Checkpoint> checkpoint = Optional.empty();
    private final Map<String, TableProgress> tables = new HashMap<>();
    private long sequence;
    private volatile Map<String, Object> position = Map.of(SEQUENCE, 0L);

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

    /** The partition of the position. */
    static Map<String, String> partition(String slot) {
        return Map.of(SLOT, slot);
    }

    /** All that there may be. */
    static List<Map<String, String>> partitions(String slot) {
        return Stream.concat(
                        Stream.of(partition(slot)), IntStream.range(0, SHARES).mapToObj(i -> partition(slot + "/" + i)))
                .toList();
    }

    /**
     * Whether a task could go on from these offsets.
     *
     * @throws ConfigurationException if not; the message says why
     */
    static void check(Map<? extends Map<String, ?>, ? extends @Nullable Map<String, ?>> offsets) {
        offsets.forEach((partition, offset) -> {
            Object name = partition.get(SLOT);
            if (partition.size() != 1 || !(name instanceof String text)) {
                throw new ConfigurationException(
                        "not a partition of ours: " + partition + "; write it like {\"slot\":\"bottledwater\"}");
            }
            Ledger read = new Ledger(text.replaceAll("/.*", ""));
            if (!partitions(read.slot).contains(partition(text))) {
                throw new ConfigurationException("not a partition of ours: " + partition);
            }
            if (offset != null) {
                offset.forEach((field, value) -> read.read(partition(text), field, value));
            }
            boolean other = read.checkpoint
                            .filter(found -> !found.slot().equals(read.slot))
                            .isPresent()
                    || read.tables.values().stream()
                            .anyMatch(found -> !found.slot().equals(read.slot));
            if (other) {
                throw new ConfigurationException("the offset of partition " + partition + " is that of another slot");
            }
        });
    }

    Map<String, String> partition() {
        return partition(slot);
    }

    /**
     * Takes over what is stored.
     *
     * @throws ConfigurationException for what this release cannot read
     */
    void read(Map<? extends Map<String, ?>, ? extends @Nullable Map<String, ?>> offsets) {
        for (Map<String, String> from : partitions(slot)) {
            Map<String, ?> offset = offsets.get(from);
            if (offset != null) {
                offset.forEach((field, value) -> read(from, field, value));
            }
        }
        position = position();
    }

    private void read(Map<String, String> from, String field, @Nullable Object value) {
        try {
            if (from.equals(partition()) && field.equals(SEQUENCE) && value instanceof Number number) {
                sequence = number.longValue();
            } else if (from.equals(partition()) && field.equals(CHECKPOINT) && value instanceof String json) {
                checkpoint = Optional.of(CheckpointJson.checkpoint(json.getBytes(StandardCharsets.UTF_8)));
            } else if (!from.equals(partition()) && value instanceof String json) {
                tables.put(field, CheckpointJson.progress(json.getBytes(StandardCharsets.UTF_8)));
            } else {
                throw new IllegalArgumentException("not understood");
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    "cannot read the offset of partition=" + from + " field=" + field + ": " + e.getMessage()
                            + "\n  was it written by a newer release, or by hand? To begin anew: stop the connector,"
                            + " DELETE its offsets, and drop the slot",
                    e);
        }
    }

    CheckpointState state() {
        return new CheckpointState(
                checkpoint,
                tables.values().stream().collect(Collectors.toMap(TableProgress::table, progress -> progress)),
                List.of(),
                0);
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
                changed.add(share(entry.key()));
                others.add(entry);
            }
        }
        Map<Integer, Map<String, Object>> shares = shares(changed);
        List<Line> lines = new ArrayList<>();
        for (CheckpointEntry entry : others) {
            int share = share(entry.key());
            lines.add(new Line(
                    entry.key(), CheckpointJson.encode(entry), partition(slot + "/" + share), shares.get(share)));
        }
        sequence++;
        position = position();
        lines.add(new Line(slot, checkpoint.map(CheckpointJson::encode).orElse(null), partition(), position));
        return lines;
    }

    /** One without tables is left out: Connect forgets what has no offset. */
    private Map<Integer, Map<String, Object>> shares(Set<Integer> changed) {
        Map<Integer, Map<String, Object>> shares = new HashMap<>();
        tables.forEach((key, progress) -> {
            int share = share(key);
            if (changed.contains(share)) {
                shares.computeIfAbsent(share, first -> new TreeMap<>()).put(key, text(progress));
            }
        });
        return shares;
    }

    private Map<String, Object> position() {
        Map<String, Object> offset = new TreeMap<>();
        offset.put(SEQUENCE, sequence);
        checkpoint.ifPresent(found -> offset.put(CHECKPOINT, text(found)));
        return offset;
    }

    private static String text(CheckpointEntry entry) {
        byte[] json = CheckpointJson.encode(entry);
        return json == null ? "" : new String(json, StandardCharsets.UTF_8);
    }

    private static int share(String key) {
        return Math.floorMod(key.hashCode(), SHARES);
    }
}
