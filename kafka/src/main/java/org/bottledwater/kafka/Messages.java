package org.bottledwater.kafka;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Makes the producer's records. Messages that follow each other mostly have the same headers and the same time, those of
 * their transaction or snapshot: what the producer wants of these is made once and remembered. One thread only.
 */
final class Messages {
    /** How often the time is looked at again while it stays the same for a topic. */
    private static final int USES_MAX = 256;

    private final BrokerClock clock;
    private @Nullable Topic topic;
    private int uses;
    private @Nullable Iterable<Header> headers;
    private RecordHeaders copied = new RecordHeaders();
    private long millis = -1;
    private @Nullable Long boxed;

    Messages(BrokerClock clock) {
        this.clock = clock;
    }

    /** @param timestampMillis if negative, or if the topic does not take it, Kafka gets the present time */
    ProducerRecord<byte[], byte[]> message(
            Topic to,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestampMillis,
            Iterable<Header> newHeaders) {
        remember(to, timestampMillis, newHeaders);
        return new ProducerRecord<>(to.name(), null, boxed, key, value, copied);
    }

    private Long accepted(Topic to, long timestampMillis) {
        return to.timestamps().accepted(timestampMillis, clock.now());
    }

    /** Whoever sends hands over the same list again; its contents do not change. */
    @SuppressWarnings("ReferenceEquality")
    private void remember(Topic to, long timestampMillis, Iterable<Header> newHeaders) {
        if (headers != newHeaders) {
            headers = newHeaders;
            copied = new RecordHeaders(newHeaders);
        }
        if (topic != to) {
            topic = to;
            uses = USES_MAX;
            clock.knows(to);
        }
        if (millis != timestampMillis || ++uses > USES_MAX) {
            uses = 0;
            millis = timestampMillis;
            boxed = timestampMillis < 0 ? clock.stamp() : accepted(to, timestampMillis);
        }
    }
}
