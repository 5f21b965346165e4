package org.bottledwater.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where a topic ended at some moment, which tells what was there from what came later.
 *
 * @param topicId Kafka's own: a topic that was deleted and made again is another one
 * @param offsets by partition, that of the next message; a partition that was added later began empty
 */
public record TopicEnds(String topicId, Map<Integer, Long> offsets) {
    /** A topic that nothing was in. */
    public static final TopicEnds EMPTY = new TopicEnds("", Map.of());

    public TopicEnds {
        offsets = Map.copyOf(offsets);
    }

    /** Whether a message was there at that moment. */
    public boolean contains(int partition, long offset) {
        return offset < offsets.getOrDefault(partition, 0L);
    }

    /** How many messages there can have been at most. */
    public long messagesMax() {
        return offsets.values().stream().mapToLong(Long::longValue).sum();
    }

    /** @throws IllegalArgumentException for what {@link #toString} would not have written */
    static TopicEnds parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException("not the ends of a topic: text=" + text);
        }
        Map<Integer, Long> offsets = new HashMap<>();
        if (!parts[1].isEmpty()) {
            for (String end : parts[1].split(",", -1)) {
                String[] pair = end.split("=", -1);
                if (pair.length != 2) {
                    throw new IllegalArgumentException("not the ends of a topic: text=" + text);
                }
                offsets.put(Integer.valueOf(pair[0]), Long.valueOf(pair[1]));
            }
        }
        return new TopicEnds(parts[0], offsets);
    }

    /** {@code id:0=120,1=118}. */
    @Override
    public String toString() {
        return new TreeMap<>(offsets)
                .entrySet().stream()
                        .map(end -> end.getKey() + "=" + end.getValue())
                        .collect(Collectors.joining(",", topicId + ":", ""));
    }
}
