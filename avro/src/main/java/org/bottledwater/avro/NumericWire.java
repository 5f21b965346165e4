package org.bottledwater.avro;

import java.math.BigInteger;
import org.bottledwater.change.MalformedInputException;

/**
 * The binary form of numeric ({@code numeric_send}): digits of base 10000, the first of which counts
 * {@code 10000^weight}.
 *
 * <pre>
 *   0  uint16  number of digits
 *   2  int16   weight
 *   4  uint16  sign: 0000 plus, 4000 minus, C000 NaN, D000 Infinity, F000 -Infinity
 *   6  int16   digits after the decimal point to print
 *   8  int16…  digits
 * </pre>
 */
final class NumericWire {
    private static final int NEGATIVE = 0x4000;
    private static final int NAN = 0xC000;
    private static final int INFINITY = 0xD000;
    private static final int MINUS_INFINITY = 0xF000;
    private static final int HEADER = 8;
    /** Of base 10000, on both sides of the point: numeric(p,s) has 1000 digits at most. */
    private static final int MAX_GROUPS = 502;

    private static final int[] POWERS = {1, 10, 100, 1000};
    private static final BigInteger BASE = BigInteger.valueOf(10_000);

    /** What {@link #unscaled} returns for a number that needs {@link #bigUnscaled}: no decimal is that negative. */
    static final long TOO_BIG = Long.MIN_VALUE;

    private NumericWire() {}

    /** Everything else here may be called for bytes that passed this. */
    static void check(byte[] in, int offset, int length) {
        if (length < HEADER) {
            throw new MalformedInputException("numeric: truncated, length=" + length);
        }
        int digits = digits(in, offset);
        if (length != HEADER + 2 * digits) {
            throw new MalformedInputException("numeric: impossible count, digits=" + digits + " length=" + length);
        }
        int sign = sign(in, offset);
        if (sign != 0 && sign != NEGATIVE && isFinite(in, offset)) {
            throw new MalformedInputException("numeric: unknown sign, sign=" + Integer.toHexString(sign));
        }
        int scale = Wire.int16(in, offset + 6);
        if (scale < 0) {
            throw new MalformedInputException("numeric: negative scale, scale=" + scale);
        }
        for (int i = 0; i < digits; i++) {
            int digit = digit(in, offset, i);
            if (digit < 0 || digit > 9999) {
                throw new MalformedInputException("numeric: impossible digit, digit=" + digit);
            }
        }
    }

    /** Up to 36,864: a number may have 131,072 decimal digits before the point and 16,383 behind it. */
    private static int digits(byte[] in, int offset) {
        return Wire.int16(in, offset) & 0xFFFF;
    }

    static boolean isFinite(byte[] in, int offset) {
        int sign = sign(in, offset);
        return sign != NAN && sign != INFINITY && sign != MINUS_INFINITY;
    }

    /** Prints the number as {@code numeric_out} does. */
    static void render(byte[] in, int offset, TextBuffer out) {
        int sign = sign(in, offset);
        if (!isFinite(in, offset)) {
            out.append(sign == NAN ? "NaN" : sign == INFINITY ? "Infinity" : "-Infinity");
            return;
        }
        int digits = digits(in, offset);
        int weight = Wire.int16(in, offset + 2);
        int scale = Wire.int16(in, offset + 6);
        if (sign == NEGATIVE) {
            out.append('-');
        }
        out.append(weight < 0 || digits == 0 ? 0 : digit(in, offset, 0));
        for (int i = 1; i <= weight; i++) {
            out.appendPadded(i < digits ? digit(in, offset, i) : 0, 4);
        }
        if (scale == 0) {
            return;
        }
        out.append('.');
        int end = out.size() + scale;
        for (int i = weight + 1; out.size() < end; i++) {
            out.appendPadded(i >= 0 && i < digits ? digit(in, offset, i) : 0, 4);
        }
        out.truncate(end);
    }

    /** The number times {@code 10^scale}, or {@link #TOO_BIG}. */
    static long unscaled(byte[] in, int offset, int scale) {
        int digits = digits(in, offset);
        int groups = groups(in, offset, scale);
        long value = 0;
        for (int i = 0; i < groups; i++) {
            if (value > (Long.MAX_VALUE - 9999) / 10_000) {
                return TOO_BIG;
            }
            value = value * 10_000 + (i < digits ? digit(in, offset, i) : 0);
        }
        checkNothingLost(in, offset, groups);
        // Groups of four digits may reach further than the scale does.
        int surplus = POWERS[surplus(scale)];
        if (value % surplus != 0) {
            throw tooFine(scale);
        }
        value /= surplus;
        return sign(in, offset) == NEGATIVE ? -value : value;
    }

    static BigInteger bigUnscaled(byte[] in, int offset, int scale) {
        int digits = digits(in, offset);
        int groups = groups(in, offset, scale);
        if (groups > MAX_GROUPS) {
            throw new Unrepresentable("more digits than any decimal has, weight=" + Wire.int16(in, offset + 2));
        }
        BigInteger value = BigInteger.ZERO;
        for (int i = 0; i < groups; i++) {
            value = value.multiply(BASE).add(BigInteger.valueOf(i < digits ? digit(in, offset, i) : 0));
        }
        checkNothingLost(in, offset, groups);
        BigInteger[] parts = value.divideAndRemainder(BigInteger.valueOf(POWERS[surplus(scale)]));
        if (parts[1].signum() != 0) {
            throw tooFine(scale);
        }
        return sign(in, offset) == NEGATIVE ? parts[0].negate() : parts[0];
    }

    static Unrepresentable tooFine(int scale) {
        return new Unrepresentable("more fraction digits than the column's type has, scale=" + scale);
    }

    /** How many digits of base 10000 lie before the end of the last one that the scale reaches. */
    private static int groups(byte[] in, int offset, int scale) {
        return Wire.int16(in, offset + 2) + 1 + (scale + 3) / 4;
    }

    private static int surplus(int scale) {
        return (scale + 3) / 4 * 4 - scale;
    }

    private static void checkNothingLost(byte[] in, int offset, int groups) {
        int digits = digits(in, offset);
        for (int i = Math.max(groups, 0); i < digits; i++) {
            if (digit(in, offset, i) != 0) {
                throw new Unrepresentable("more fraction digits than the column's type has");
            }
        }
    }

    private static int sign(byte[] in, int offset) {
        return Wire.int16(in, offset + 4) & 0xFFFF;
    }

    private static int digit(byte[] in, int offset, int index) {
        return Wire.int16(in, offset + HEADER + 2 * index);
    }
}
