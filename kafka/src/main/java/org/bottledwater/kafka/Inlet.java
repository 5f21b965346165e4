package org.bottledwater.kafka;

import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Takes messages in order. One thread at a time. */
public interface Inlet {
    /**
     * Hands a message over. Neither the arrays nor the headers may be changed afterwards. Waits while too many bytes are in flight.
     *
     * @param timestampMillis since 1970-01-01 UTC; if negative, Kafka gets the present time
     * @throws UndeliverableException if Kafka can never take it; then nothing was sent, and more can be
     */
    void send(
            Topic topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestampMillis,
            Iterable<Header> headers);
}
