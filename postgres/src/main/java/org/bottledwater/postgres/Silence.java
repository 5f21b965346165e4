package org.bottledwater.postgres;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * For how long nothing has come while somebody was listening. Time in which nobody was does not count: what came then is
 * found by the next look.
 */
final class Silence {
    private static final long LONGEST_LOOK_NANOS = Duration.ofMillis(100).toNanos();

    private final LongSupplier arrived;
    private final long limitNanos;
    private long before;
    private long lookedAt;
    private long nanos;

    /** @param arrived how much has come by now */
    Silence(LongSupplier arrived, Duration limit, long now) {
        this.arrived = arrived;
        this.limitNanos = limit.toNanos();
        this.before = arrived.getAsLong();
        this.lookedAt = now;
    }

    /** To be called when a look found no message; returns whether it is too long. */
    boolean isTooLong(long now) {
        long count = arrived.getAsLong();
        nanos = count == before ? nanos + Math.min(now - lookedAt, LONGEST_LOOK_NANOS) : 0;
        before = count;
        lookedAt = now;
        return nanos >= limitNanos;
    }
}
