package org.bottledwater.kafka;

import java.util.Map;

/**
 * Where a topic ended at some moment.
 *
 * @param offsets by partition, that of the next message
 */
public record TopicEnds(Map<Integer, Long> offsets) {
    /** A topic that nothing was in. */
    public static final TopicEnds EMPTY = new TopicEnds(Map.of());

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
}
