package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.bottledwater.kafka.Sink;

/** The end of a run that was told to stop: what has arrived in whole transactions is delivered. */
final class Settlement {
    /** How long a stop waits for the end of the transaction that is arriving, and for Kafka. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private Settlement() {}

    /** @param poll reads on; false if nothing came */
    static void of(BooleanSupplier poll, ChangeRouter router, Sink sink) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (router.inTransaction() && System.nanoTime() < deadline) {
            boolean unused = poll.getAsBoolean();
        }
        if (router.inTransaction()) {
            // It is long, and can wait: it comes again, whole, at the next start.
            sink.abort();
        } else {
            // Bounded, which a commit is not: Kafka may be away just now.
            sink.flush(PATIENCE);
            sink.commit();
        }
    }
}
