package org.bottledwater.avro;

import java.util.Arrays;

/** The text form of numeric: {@code -12.50}, {@code NaN}, {@code Infinity}, {@code -Infinity}; never an exponent. */
final class NumericText {
    private static final byte[][] SPECIAL = {
        {'N', 'a', 'N'},
        {'I', 'n', 'f', 'i', 'n', 'i', 't', 'y'},
        {'-', 'I', 'n', 'f', 'i', 'n', 'i', 't', 'y'}
    };

    private NumericText() {}

    static void check(byte[] in, int offset, int length) {
        int end = offset + length;
        int at = length > 0 && in[offset] == '-' ? offset + 1 : offset;
        int digits = 0;
        int dots = 0;
        for (int i = at; i < end; i++) {
            if (in[i] >= '0' && in[i] <= '9') {
                digits++;
            } else if (in[i] == '.') {
                dots++;
            } else {
                checkSpecial(in, offset, length);
                return;
            }
        }
        if (digits == 0 || dots > 1 || in[at] == '.' || in[end - 1] == '.') {
            throw Wire.malformedText("numeric", in, offset, length);
        }
    }

    private static void checkSpecial(byte[] in, int offset, int length) {
        for (byte[] special : SPECIAL) {
            if (Arrays.equals(in, offset, offset + length, special, 0, special.length)) {
                return;
            }
        }
        throw Wire.malformedText("numeric", in, offset, length);
    }

    static boolean isFinite(byte[] in, int offset, int length) {
        byte last = in[offset + length - 1];
        return last >= '0' && last <= '9';
    }

    static int fractionDigits(byte[] in, int offset, int length) {
        for (int i = offset + length - 1; i >= offset; i--) {
            if (in[i] == '.') {
                return offset + length - 1 - i;
            }
        }
        return 0;
    }

    /** The number without its dot; it has 18 digits at most. */
    static long digits(byte[] in, int offset, int length) {
        long value = 0;
        for (int i = offset; i < offset + length; i++) {
            if (in[i] >= '0') {
                value = value * 10 + in[i] - '0';
            }
        }
        return in[offset] == '-' ? -value : value;
    }
}
