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

    public static final CatchUpPolicy DEFAULT = from(128 * MB);

    public static CatchUpPolicy from(long bytes) {
        return new CatchUpPolicy(bytes, Math.min(64 * MB, bytes / 2), 1024 * MB);
    }

    /** Of the first stretch: whether one transaction is all that waits is found out before much is decoded for nothing. */
    long first() {
        return Math.min(stretch, 16 * MB);
    }

    /** With less than this waiting, the stream goes on. */
    long until() {
        return Math.min(from, stretch) / 4;
    }

    /**
     * The end of the log may lie within a record that is not written to its end: no stretch comes so near to it, as it would
     * wait.
     */
    long margin() {
        return Math.min(MB / 16, until() / 2);
    }
}
