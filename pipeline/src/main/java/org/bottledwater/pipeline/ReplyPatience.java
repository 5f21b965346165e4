package org.bottledwater.pipeline;

import java.time.Duration;
import org.bottledwater.change.Lsn;

/**
 * For how long the server of a stream may not answer. One that decodes a very large transaction of which nothing is for us
 * answers as little as one that cannot be reached any more; so each time that this happens and the stream has come no further it
 * is given twice the time.
 */
final class ReplyPatience {
    private static final Duration SHORTEST = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofMinutes(32);

    private Duration limit = SHORTEST;
    private long silentAt = Lsn.INVALID;

    Duration limit() {
        return limit;
    }

    /** @param lsn how far the stream had come */
    void ranOut(long lsn) {
        if (Lsn.isBefore(silentAt, lsn)) {
            limit = SHORTEST;
            silentAt = lsn;
        } else if (limit.compareTo(LONGEST) < 0) {
            limit = limit.multipliedBy(2);
        }
    }
}
