package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Instant;
import java.util.Arrays;

/** Times as {@link Instant#toString} prints them. Many follow each other within one second, whose text is remembered. */
final class TimeText {
    private static final int MICROS_PER_SECOND = 1_000_000;
    private static final int MICROS_PER_MILLI = 1000;
    private static final int MILLIS_DIGITS = 3;
    private static final int MICROS_DIGITS = 6;
    private static final int RADIX = 10;

    private long second = Long.MIN_VALUE;
    private byte[] secondText = {};

    /** @param micros since 1970 */
    byte[] of(long micros) {
        remember(Math.floorDiv(micros, MICROS_PER_SECOND));
        int fraction = Math.floorMod(micros, MICROS_PER_SECOND);
        if (fraction == 0) {
            return text(0, 0);
        }
        return fraction % MICROS_PER_MILLI == 0
                ? text(fraction / MICROS_PER_MILLI, MILLIS_DIGITS)
                : text(fraction, MICROS_DIGITS);
    }

    private void remember(long newSecond) {
        if (newSecond != second) {
            second = newSecond;
            String text = Instant.ofEpochSecond(newSecond).toString();
            secondText = text.substring(0, text.length() - 1).getBytes(ISO_8859_1);
        }
    }

    private byte[] text(int fraction, int digits) {
        int whole = secondText.length;
        byte[] text = Arrays.copyOf(secondText, digits == 0 ? whole + 1 : whole + 1 + digits + 1);
        int left = fraction;
        for (int i = whole + digits; i > whole; i--) {
            text[i] = (byte) ('0' + left % RADIX);
            left /= RADIX;
        }
        if (digits > 0) {
            text[whole] = '.';
        }
        text[text.length - 1] = 'Z';
        return text;
    }
}
