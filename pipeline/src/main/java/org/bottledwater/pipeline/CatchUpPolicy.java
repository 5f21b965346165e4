package org.bottledwater.pipeline;

/**
 * When a run that is behind reads the log in stretches ({@code --catch-up-from}), and how large they are.
 *
 * @param from how much of the log must be waiting, in bytes
 * @param stretch how much is read at a time, in bytes of the log; more where the server begins far in front of it
 * @param longest no stretch is longer, and no more than this is decoded once more in front of one
 */
public record CatchUpPolicy(long from, long stretch, long longest) {
    private static final long MB = 1 << 20;

    public static final CatchUpPolicy DEFAULT = from(32 * MB);

    public static CatchUpPolicy from(long bytes) {
        return new CatchUpPolicy(bytes, Math.min(16 * MB, bytes / 2), 1024 * MB);
    }

    /**
     * How much must be waiting soon after a backlog was read: the walsender that has taken over goes through all of the log from
     * {@code restart_lsn}, up to 15 seconds of it, while more is written.
     */
    long fromSoonAgain() {
        return 4 * from;
    }

    /**
     * Of the one that follows where no transaction has ended: one that is not very much larger is cheaper in a stretch than by the
     * stream. Where none ends in this one either, one is open or larger yet.
     */
    long afterNothing() {
        return Math.min(16 * stretch, longest);
    }

    /** With less than this waiting, the stream goes on. */
    long until() {
        return Math.min(from, stretch) / 4;
    }

    /** While others write, the end of the log may lie within a record: no stretch comes so near to it, as it would wait. */
    long margin() {
        return Math.min(MB / 16, until() / 2);
    }
}
