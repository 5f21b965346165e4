package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Optional;

/** For how long servers have been away without anything getting on in between. Times are those of {@link System#nanoTime}. */
final class Outage {
    private final Optional<Duration> limit;
    private boolean going;
    private long since;

    /** @param limit how long one may last, if that is limited */
    Outage(Optional<Duration> limit) {
        this.limit = limit;
    }

    /** Something got on. */
    void over() {
        going = false;
    }

    /** A server is away, or still is; if this is the first that is heard of it, then since that time. */
    void goesOn(long from) {
        if (!going) {
            going = true;
            since = from;
        }
    }

    boolean isTooLong(long now) {
        return limit.isPresent() && going && now - since >= limit.get().toNanos();
    }

    /** The pause before the next attempt, which comes no later than the end of patience. */
    Duration pause(Duration wanted, long now) {
        if (limit.isEmpty()) {
            return wanted;
        }
        Duration left = limit.get().minusNanos(now - since);
        return left.compareTo(wanted) < 0 ? left : wanted;
    }
}
