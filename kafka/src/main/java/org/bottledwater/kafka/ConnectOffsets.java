package org.bottledwater.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint of a slot as Kafka Connect has it, as offsets by partition:
 *
 * <pre>
 *   {"slot":"s"}    {"sequence":17,"checkpoint":"{…}"}       the position
 *   {"slot":"s/3"}  {"s/snapshot/public.orders":"{…}", …}    how far the tables of this share have been copied
 * </pre>
 *
 * The number of partitions is fixed, as Connect gives only what is asked for by name. As one JSON object they are the body
 * of {@code GET} and {@code PATCH /connectors/NAME/offsets}.
 */
public final class ConnectOffsets {
    public static final String SLOT = "slot";
    public static final String SEQUENCE = "sequence";
    public static final String CHECKPOINT = "checkpoint";

    /** The property of a checkpoint in the checkpoint topic that says that Connect goes on from it. */
    private static final String FOLLOWER = "follower";

    /** The property that says which number the handed over offsets begin with. */
    private static final String HANDOVER = "handover";

    private static final int SHARES = 32;
    private static final ObjectMapper JSON = new ObjectMapper();

    private ConnectOffsets() {}

    /** The partition of the position. */
    public static Map<String, String> partition(String slot) {
        return Map.of(SLOT, slot);
    }

    /** The partition of a share of the tables. */
    public static Map<String, String> partition(String slot, int share) {
        return Map.of(SLOT, slot + "/" + share);
    }

    /** All that there may be. */
    public static List<Map<String, String>> partitions(String slot) {
        return Stream.concat(
                        Stream.of(partition(slot)), IntStream.range(0, SHARES).mapToObj(i -> partition(slot, i)))
                .toList();
    }

    /** Which share the entry of a table belongs to. */
    public static int share(String key) {
        return Math.floorMod(key.hashCode(), SHARES);
    }

    /** An entry as the value of an offset's field. */
    public static String text(CheckpointEntry entry) {
        byte[] json = CheckpointJson.encode(entry);
        return json == null ? "" : new String(json, StandardCharsets.UTF_8);
    }

    /**
     * Reads the field of an offset; nothing comes of a number that only Connect has a use for.
     *
     * @throws ConfigurationException for what this release cannot read
     */
    public static Optional<CheckpointEntry> entry(
            String slot, Map<String, ?> partition, String field, @Nullable Object value) {
        boolean position = partition.equals(partition(slot));
        try {
            if (position && field.equals(SEQUENCE) && value instanceof Number) {
                return Optional.empty();
            }
            if (position && field.equals(CHECKPOINT) && value instanceof String json) {
                return Optional.of(CheckpointJson.checkpoint(json.getBytes(StandardCharsets.UTF_8)));
            }
            if (!position && value instanceof String json) {
                return Optional.of(CheckpointJson.progress(json.getBytes(StandardCharsets.UTF_8)));
            }
            throw new IllegalArgumentException("not understood");
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    "cannot read the offset of partition=" + partition + " field=" + field + ": " + e.getMessage()
                            + "\n  was it written by a newer release, or by hand? To begin anew: stop the connector,"
                            + " DELETE its offsets, and drop the slot",
                    e);
        }
    }

    /** The same, handed over with offsets of that number: Connect goes on from it. */
    public static Checkpoint handedOver(Checkpoint checkpoint, long sequence) {
        return with(checkpoint, Map.of(FOLLOWER, "connect", HANDOVER, Long.toString(sequence)));
    }

    /** The same as a connector leaves it in its checkpoint topic, which may be that of the command line. */
    public static Checkpoint followed(Checkpoint checkpoint, long sequence) {
        return with(checkpoint, Map.of(FOLLOWER, "connect", SEQUENCE, Long.toString(sequence)));
    }

    /** The same, to be gone on from by the command line, and as an offset of Connect's. */
    public static Checkpoint taken(Checkpoint checkpoint) {
        return with(checkpoint, Map.of());
    }

    private static Checkpoint with(Checkpoint checkpoint, Map<String, String> marks) {
        Map<String, String> properties = new HashMap<>(checkpoint.properties());
        properties.keySet().removeAll(Set.of(FOLLOWER, HANDOVER, SEQUENCE));
        properties.putAll(marks);
        return checkpoint.with(properties);
    }

    /** Whether Connect goes on from it. */
    public static boolean isHandedOver(Checkpoint checkpoint) {
        return checkpoint.properties().containsKey(FOLLOWER);
    }

    /** Whether a connector has written it: it uses the checkpoint topic that it was found in. */
    public static boolean isFollowed(Checkpoint checkpoint) {
        return isHandedOver(checkpoint) && checkpoint.properties().containsKey(SEQUENCE);
    }

    /** The number of the newest offsets that a checkpoint which was handed over knows of. */
    public static long sequence(Checkpoint checkpoint) {
        Map<String, String> properties = checkpoint.properties();
        return Long.parseLong(properties.getOrDefault(SEQUENCE, properties.getOrDefault(HANDOVER, "0")));
    }

    /**
     * The number of the offsets, which grows with each that is stored.
     *
     * @throws ConfigurationException for what is not the body of {@code GET /connectors/NAME/offsets}
     */
    public static long sequence(String slot, String body) {
        long sequence = 0;
        for (JsonNode each : offsets(body)) {
            if (each.path("partition").path(SLOT).asText().equals(slot)) {
                sequence = each.path("offset").path(SEQUENCE).asLong();
            }
        }
        return sequence;
    }

    /**
     * A share that has no table is null: what Connect may still have of it is forgotten.
     *
     * @param sequence the connector counts on from there
     */
    public static String write(String slot, CheckpointState state, long sequence) {
        Map<Map<String, String>, ObjectNode> offsets = new HashMap<>();
        state.checkpoint()
                .ifPresent(checkpoint -> offsets.put(
                        partition(slot),
                        JSON.createObjectNode().put(SEQUENCE, sequence).put(CHECKPOINT, text(checkpoint))));
        Map<String, TableProgress> tables = new TreeMap<>();
        state.allTables().forEach(progress -> tables.put(progress.key(), progress));
        tables.forEach((key, progress) -> offsets.computeIfAbsent(
                        partition(slot, share(key)), first -> JSON.createObjectNode())
                .put(key, text(progress)));
        ObjectNode body = JSON.createObjectNode();
        ArrayNode all = body.putArray("offsets");
        for (Map<String, String> partition : partitions(slot)) {
            ObjectNode entry = all.addObject();
            entry.set("partition", JSON.valueToTree(partition));
            entry.set("offset", offsets.containsKey(partition) ? offsets.get(partition) : JSON.nullNode());
        }
        return body.toPrettyString();
    }

    /**
     * Reads what is said of a slot. Offsets of others are left out.
     *
     * @throws ConfigurationException for what is not the body of {@code GET /connectors/NAME/offsets}, or has no position of
     *     the slot
     */
    public static CheckpointState read(String slot, String body) {
        Map<TableName, TableProgress> tables = new HashMap<>();
        Optional<Checkpoint> checkpoint = Optional.empty();
        Set<String> slots = new TreeSet<>();
        List<Map<String, String>> own = partitions(slot);
        for (JsonNode each : offsets(body)) {
            String name = each.path("partition").path(SLOT).asText();
            Map<String, String> partition = partition(name);
            slots.add(name.replaceAll("/.*", ""));
            if (!own.contains(partition)) {
                continue;
            }
            for (Map.Entry<String, JsonNode> field : each.path("offset").properties()) {
                Object value = field.getValue().isNumber()
                        ? field.getValue().numberValue()
                        : field.getValue().textValue();
                Optional<CheckpointEntry> entry = entry(slot, partition, field.getKey(), value);
                entry.ifPresent(found -> requireSlot(slot, partition, found));
                if (entry.isPresent() && entry.get() instanceof Checkpoint found) {
                    checkpoint = Optional.of(found);
                } else if (entry.isPresent() && entry.get() instanceof TableProgress found) {
                    tables.put(found.table(), found);
                }
            }
        }
        if (checkpoint.isEmpty()) {
            throw new ConfigurationException("these offsets have no position of slot " + slot
                    + (slots.isEmpty() ? "" : ": they are those of " + String.join(", ", slots))
                    + "\n  check --slot; each task of a connector that has several has a slot of its own");
        }
        return CheckpointState.of(checkpoint, tables.values(), List.of(), 0);
    }

    /**
     * Refuses the entry of another slot.
     *
     * @throws ConfigurationException if it is one
     */
    public static void requireSlot(String slot, Map<String, ?> partition, CheckpointEntry entry) {
        String found = entry instanceof Checkpoint checkpoint
                ? checkpoint.slot()
                : entry instanceof TableProgress progress ? progress.slot() : slot;
        if (!found.equals(slot)) {
            throw new ConfigurationException("the offset of partition " + partition + " is that of another slot");
        }
    }

    private static JsonNode offsets(String body) {
        try {
            JsonNode offsets = JSON.readTree(body).path("offsets");
            if (offsets.isArray()) {
                return offsets;
            }
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(
                    "not the answer of GET /connectors/NAME/offsets: not JSON: " + e.getOriginalMessage(), e);
        }
        throw new ConfigurationException("not the answer of GET /connectors/NAME/offsets: it has no list of offsets");
    }
}
