package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.bottledwater.kafka.Blocks;

/**
 * What falls to one of several who copy the tables together: of each table every n-th stripe of its blocks. Who has a
 * stripe follows from its place alone, so that nobody has to ask, and no two read the same block.
 *
 * @param number 0 for the one who leads: it has the slot, and follows the changes
 * @param count how many there are
 * @param stripe how many blocks one has at a time
 */
public record Share(int number, int count, long stripe) {
    /** Of a copy that is made by one alone. */
    public static final Share ALL = new Share(0, 1);

    private static final long SMALLEST_STRIPE = 4096;

    /** The finished stripes are written down one by one; there must not be too many of them. */
    private static final long MOST_STRIPES = 1024;

    /** So that tables that were made one after the other begin at different numbers. */
    private static final int SPREAD = 0x9E3779B9;

    public Share {
        if (number < 0 || number >= count || stripe < 1) {
            throw new IllegalArgumentException("not a share: number=" + number + " count=" + count);
        }
    }

    /** With the length of stripes yet to be told. */
    public Share(int number, int count) {
        this(number, count, SMALLEST_STRIPE);
    }

    /** How long stripes are if the largest table has so many blocks. */
    static long stripe(long pages) {
        long stripe = SMALLEST_STRIPE;
        while (pages / stripe > MOST_STRIPES) {
            stripe *= 2;
        }
        return stripe;
    }

    /** As what a share remembers how far it has come: no slot has such a name, but the one of him who leads. */
    public static String slotOf(String slot, int number) {
        return number == 0 ? slot : slot + "+" + number;
    }

    public boolean isAll() {
        return count == 1;
    }

    public boolean leads() {
        return number == 0;
    }

    /**
     * What of {@code left} falls to this share.
     *
     * @param pages how many blocks the table has; all that a snapshot from before shows is in these
     * @param cuts whether a table is divided at all
     */
    List<Blocks.Range> of(List<Blocks.Range> left, int oid, long pages, boolean cuts) {
        if (isAll()) {
            return left;
        }
        List<Blocks.Range> own = new ArrayList<>();
        // The last one has no end: of a table without blocks somebody has to look.
        long last = cuts ? (Math.max(1, pages) - 1) / stripe : 0;
        for (long at = 0; at <= last; at++) {
            if (Math.floorMod(at + ((oid * SPREAD) >>> 16), count) == number) {
                long from = at * stripe;
                long to = at == last ? Long.MAX_VALUE : from + stripe;
                for (Blocks.Range range : left) {
                    if (range.from() < to && from < range.to()) {
                        own.add(new Blocks.Range(Math.max(from, range.from()), Math.min(to, range.to())));
                    }
                }
            }
        }
        return own;
    }
}
