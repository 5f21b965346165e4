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
    private @Nullable Iterable<Header> headers;
    private RecordHeaders copied = new RecordHeaders();
    private long millis = -1;
    private @Nullable Long boxed;

    /** @param timestampMillis if negative, Kafka gets the present time */
    ProducerRecord<byte[], byte[]> message(
            Topic topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestampMillis,
            Iterable<Header> newHeaders) {
        remember(timestampMillis, newHeaders);
        return new ProducerRecord<>(topic.name(), null, boxed, key, value, copied);
    }

    /** Whoever sends hands over the same list again; its contents do not change. */
    @SuppressWarnings("ReferenceEquality")
    private void remember(long timestampMillis, Iterable<Header> newHeaders) {
        if (headers != newHeaders) {
            headers = newHeaders;
            copied = new RecordHeaders(newHeaders);
        }
        if (millis != timestampMillis) {
            millis = timestampMillis;
            boxed = timestampMillis < 0 ? null : timestampMillis;
        }
    }
}
