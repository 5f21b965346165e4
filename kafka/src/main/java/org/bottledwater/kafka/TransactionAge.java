package org.bottledwater.kafka;

import java.time.Duration;

/**
 * For how long a Kafka transaction has been open, and what for. The broker ends one that is older than its timeout; times
 * are those of {@link System#nanoTime}.
 */
final class TransactionAge {
    private final long timeoutNanos;
    private long begunAt;
    private boolean bounded;
    private long boundedAt;

    /** Whose fault it is that the transaction is gone. */
    enum Cause {
        /** It was not open for long enough: somebody else ended it. */
        SOMEBODY_ELSE,
        /** It would have been in time but for something that need not come again. */
        CIRCUMSTANCES,
        /** A single PostgreSQL transaction took longer, or this program stood still meanwhile. */
        SIZE
    }

    TransactionAge(Duration timeout) {
        this.timeoutNanos = timeout.toNanos();
    }

    void begin(long now) {
        begunAt = now;
        bounded = false;
    }

    /** The first PostgreSQL transaction is in it as a whole: it could be committed from now on. */
    void boundary(long now) {
        if (!bounded) {
            bounded = true;
            boundedAt = now;
        }
    }

    boolean isOlderThan(Duration age, long now) {
        return now - begunAt >= age.toNanos();
    }

    /** @param longestWaitNanos the longest that a single call since its begin had to wait for Kafka */
    Cause causeOfEnd(long now, long longestWaitNanos) {
        if (now - begunAt <= timeoutNanos) {
            return Cause.SOMEBODY_ELSE;
        }
        long needed = (bounded ? boundedAt : now) - begunAt;
        return needed - longestWaitNanos <= timeoutNanos ? Cause.CIRCUMSTANCES : Cause.SIZE;
    }
}
