package org.bottledwater.change;

import java.util.HexFormat;
import java.util.Locale;

/**
 * A log sequence number: a byte position in PostgreSQL's write-ahead log (manual, "pg_lsn Type").
 *
 * <p>It is carried as a {@code long} everywhere, so that the path of a row allocates nothing for it; this class has
 * the functions that go with it. It is unsigned: compare with {@link #isBefore} rather than with {@code <}.
 */
public final class Lsn {
    /** PostgreSQL's InvalidXLogRecPtr, {@code 0/0}: no position. */
    public static final long INVALID = 0;

    private Lsn() {}

    /** Prints {@code lsn} as PostgreSQL does: {@code 0/16B3748}. */
    public static String toString(long lsn) {
        return Long.toHexString(lsn >>> 32).toUpperCase(Locale.ROOT)
                + "/"
                + Long.toHexString(lsn & 0xFFFFFFFFL).toUpperCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException when {@code text} is not of the form {@code 0/16B3748} */
    public static long parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash > 8 || text.length() - slash - 1 < 1 || text.length() - slash - 1 > 8) {
            throw new IllegalArgumentException("not a log position: text=" + text);
        }
        try {
            long high = HexFormat.fromHexDigitsToLong(text, 0, slash);
            long low = HexFormat.fromHexDigitsToLong(text, slash + 1, text.length());
            return high << 32 | low;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a log position: text=" + text, e);
        }
    }

    public static boolean isBefore(long left, long right) {
        return Long.compareUnsigned(left, right) < 0;
    }

    public static long max(long left, long right) {
        return isBefore(left, right) ? right : left;
    }
}
