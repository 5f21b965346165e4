package org.bottledwater.kafka;

import java.time.Duration;

/**
 * How a {@link Sink} paces itself.
 *
 * @param commitInterval exactly-once: a Kafka transaction is not kept open for longer, at the next boundary
 * @param checkpointInterval how often a position is written that goes with no message, or, at-least-once, at all
 * @param maxBytesInFlight messages' bytes that Kafka has not acknowledged; more make the sender wait
 */
public record SinkOptions(Duration commitInterval, Duration checkpointInterval, long maxBytesInFlight) {
    public static final SinkOptions DEFAULT = new SinkOptions(Duration.ofMillis(200), Duration.ofSeconds(1), 32L << 20);
}
