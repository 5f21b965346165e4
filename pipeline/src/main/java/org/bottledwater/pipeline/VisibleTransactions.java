package org.bottledwater.pipeline;

import java.util.Arrays;
import org.bottledwater.change.MalformedInputException;

/**
 * Which transactions a snapshot sees: the text of {@code txid_current_snapshot()}, {@code xmin:xmax:xip_list}
 * (manual, "Transaction ID and Snapshot Information Functions").
 *
 * <p>A table that is copied while the stream stands further back needs it: a change whose transaction the copy already
 * shows must not be sent again after it. A position in the log cannot tell, since a transaction becomes visible a moment
 * after its commit record is written.
 */
public final class VisibleTransactions {
    private static final long EPOCH = 1L << 32;

    private final String text;
    private final long xmax;
    private final long[] inProgress;

    private VisibleTransactions(String text, long xmax, long[] inProgress) {
        this.text = text;
        this.xmax = xmax;
        this.inProgress = inProgress;
    }

    /** @throws MalformedInputException when {@code text} is not of the form {@code 10:20:10,14,15} */
    public static VisibleTransactions parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new MalformedInputException("not a transaction snapshot: text=" + text);
        }
        try {
            long[] inProgress = parts[2].isEmpty()
                    ? new long[0]
                    : Arrays.stream(parts[2].split(","))
                            .mapToLong(Long::parseLong)
                            .sorted()
                            .toArray();
            Long.parseLong(parts[0]);
            return new VisibleTransactions(text, Long.parseLong(parts[1]), inProgress);
        } catch (NumberFormatException e) {
            throw new MalformedInputException("not a transaction snapshot: text=" + text);
        }
    }

    /**
     * Whether the committed transaction {@code xid} is seen by the snapshot.
     *
     * @param xid its 32-bit number; the epoch is the one that puts it nearest to the snapshot
     */
    public boolean includes(int xid) {
        long full = (xmax & -EPOCH) | Integer.toUnsignedLong(xid);
        if (full - xmax > EPOCH / 2) {
            full -= EPOCH;
        } else if (xmax - full > EPOCH / 2) {
            full += EPOCH;
        }
        return full < xmax && Arrays.binarySearch(inProgress, full) < 0;
    }

    /** Whether a transaction of this 32-bit number was in progress when the snapshot was taken. */
    public boolean isInProgress(int xid) {
        for (long each : inProgress) {
            if ((int) each == xid) {
                return true;
            }
        }
        return false;
    }

    /** Whether transaction numbers have not come round yet, so that a row's 32 bits are all there is of its number. */
    boolean isInFirstEpoch() {
        return xmax < EPOCH;
    }

    @Override
    public String toString() {
        return text;
    }
}
