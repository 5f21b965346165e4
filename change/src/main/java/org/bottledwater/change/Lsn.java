package org.bottledwater.change;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HexFormat;

/**
 * A log sequence number: a byte position in PostgreSQL's write-ahead log (manual, "pg_lsn Type").
 *
 * <p>It is carried as a {@code long} everywhere, so that the path of a row allocates nothing for it; this class has
 * the functions that go with it. It is unsigned: compare with {@link #isBefore} rather than with {@code <}.
 */
public final class Lsn {
    /** PostgreSQL's InvalidXLogRecPtr, {@code 0/0}: no position. */
    public static final long INVALID = 0;

    private static final int LONGEST = "FFFFFFFF/FFFFFFFF".length();
    private static final byte[] DIGITS = "0123456789ABCDEF".getBytes(ISO_8859_1);

    private Lsn() {}

    /** Prints {@code lsn} as PostgreSQL does: {@code 0/16B3748}. */
    public static String toString(long lsn) {
        byte[] text = new byte[LONGEST];
        int start = printBefore(LONGEST, (int) lsn, text) - 1;
        text[start] = '/';
        start = printBefore(start, (int) (lsn >>> 32), text);
        return new String(text, start, LONGEST - start, ISO_8859_1);
    }

    /** Each transaction's position is printed, so that it is not left to a formatter. Returns where the digits begin. */
    private static int printBefore(int end, int half, byte[] text) {
        int left = half;
        int start = end;
        do {
            text[--start] = DIGITS[left & 0xF];
            left >>>= 4;
        } while (left != 0);
        return start;
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
