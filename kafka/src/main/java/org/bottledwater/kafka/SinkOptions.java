package org.bottledwater.kafka;

import java.time.Duration;
import java.util.Optional;

/**
 * How a {@link Sink} paces itself.
 *
 * @param commitInterval exactly-once: a Kafka transaction is not kept open for longer, at the next boundary; for as little as
 *     a tenth of it where commits are quick
 * @param checkpointInterval how often a position is written that goes with no message, or, at-least-once, at all
 * @param maxBytesInFlight messages' bytes that Kafka has not acknowledged; more make the sender wait
 * @param giveUpAfter a single call waits for Kafka for no longer, and ends with a ConnectionException whose cause is a
 *     {@link GaveUpException}
 * @param clock of Kafka; what one sink has learned of it is of use to the next
 */
public record SinkOptions(
        Duration commitInterval,
        Duration checkpointInterval,
        long maxBytesInFlight,
        Optional<Duration> giveUpAfter,
        BrokerClock clock) {
    public static final SinkOptions DEFAULT = new SinkOptions(Duration.ofMillis(200), Duration.ofSeconds(1), 32L << 20);

    /** Waits for as long as it takes. */
    public SinkOptions(Duration commitInterval, Duration checkpointInterval, long maxBytesInFlight) {
        this(commitInterval, checkpointInterval, maxBytesInFlight, Optional.empty(), new BrokerClock());
    }

    public SinkOptions withGiveUpAfter(Optional<Duration> limit) {
        return new SinkOptions(commitInterval, checkpointInterval, maxBytesInFlight, limit, clock);
    }

    public SinkOptions withClock(BrokerClock shared) {
        return new SinkOptions(commitInterval, checkpointInterval, maxBytesInFlight, giveUpAfter, shared);
    }
}
