package org.bottledwater.pipeline;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bottledwater.avro.Origin;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.kafka.Topic;
import org.jspecify.annotations.Nullable;

/** The transaction of PostgreSQL whose changes are being sent, and the messages that were sent for it. */
final class Transaction {
    private final SortedMap<String, long[]> counts = new TreeMap<>();
    private Origin origin = new Origin(Origin.UNKNOWN, Origin.UNKNOWN, Origin.UNKNOWN);
    private long timestamp;
    private long messages;
    private @Nullable Topic lastTopic;
    private long[] lastCount = {0};

    /** Arguments as of {@link ChangeHandler#begin}. */
    void begin(int xid, long commitLsn, long commitTime) {
        counts.clear();
        lastTopic = null;
        messages = 0;
        origin = new Origin(orUnknown(commitLsn), Integer.toUnsignedLong(xid), orUnknown(commitTime));
        timestamp = commitTime == ChangeHandler.UNKNOWN ? System.currentTimeMillis() : Math.floorDiv(commitTime, 1000);
    }

    private static long orUnknown(long value) {
        return value == ChangeHandler.UNKNOWN ? Origin.UNKNOWN : value;
    }

    Origin origin() {
        return origin;
    }

    /** Of its messages: the time of the commit, in milliseconds since 1970. */
    long timestamp() {
        return timestamp;
    }

    /** Which of its messages the next one is, from 1. */
    long next() {
        return messages + 1;
    }

    /** The topic has so many messages more of it. */
    @SuppressWarnings("ReferenceEquality")
    void sent(Topic topic, long count) {
        if (lastTopic != topic) {
            lastTopic = topic;
            lastCount = counts.computeIfAbsent(topic.name(), first -> new long[1]);
        }
        lastCount[0] += count;
        messages += count;
    }

    /** How many messages each topic has of it; nothing if there are none. */
    Optional<SortedMap<String, Long>> counts() {
        SortedMap<String, Long> sent = new TreeMap<>();
        counts.forEach((topic, count) -> {
            if (count[0] > 0) {
                sent.put(topic, count[0]);
            }
        });
        return sent.isEmpty() ? Optional.empty() : Optional.of(sent);
    }
}
