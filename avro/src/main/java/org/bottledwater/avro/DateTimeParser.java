package org.bottledwater.avro;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bottledwater.change.MalformedInputException;

/** Reads dates and times as PostgreSQL prints them with {@code DateStyle=ISO}, from front to back. */
final class DateTimeParser {
    private static final byte[] INFINITY = "infinity".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MINUS_INFINITY = "-infinity".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_YEAR_DIGITS = 7;

    private final String what;
    private final byte[] in;
    private final int start;
    private final int end;
    private int at;

    private long year;
    private int month;
    private int day;

    DateTimeParser(String what, byte[] in, int offset, int length) {
        this.what = what;
        this.in = in;
        this.start = offset;
        this.end = offset + length;
        this.at = offset;
    }

    /** 1 for {@code infinity}, -1 for {@code -infinity}, 0 for anything else. */
    int infinity() {
        if (Arrays.equals(in, start, end, INFINITY, 0, INFINITY.length)) {
            return 1;
        }
        return Arrays.equals(in, start, end, MINUS_INFINITY, 0, MINUS_INFINITY.length) ? -1 : 0;
    }

    /** Days since 1970-01-01. */
    int date() {
        readDate();
        long days = days();
        if (days != (int) days) {
            throw malformed();
        }
        return (int) days;
    }

    /** Microseconds since midnight. */
    long time() {
        long micros = readTime();
        if (at != end) {
            throw malformed();
        }
        return micros;
    }

    /**
     * Microseconds since 1970-01-01, in UTC if the text has an offset.
     *
     * @throws ArithmeticException beyond the range of a long
     */
    long timestamp() {
        readDate();
        expect(' ');
        long micros = readTime();
        if (at < end && (in[at] == '+' || in[at] == '-')) {
            micros -= readOffset() * 1_000_000L;
        }
        return Math.addExact(Math.multiplyExact(days(), DateTimeText.MICROS_PER_DAY), micros);
    }

    private void readDate() {
        int yearStart = at;
        year = number();
        if (at - yearStart < 4 || at - yearStart > MAX_YEAR_DIGITS) {
            throw malformed();
        }
        expect('-');
        month = twoDigits(1, 12);
        expect('-');
        day = twoDigits(1, 31);
    }

    private long days() {
        if (end - at == 3 && in[at] == ' ' && in[at + 1] == 'B' && in[at + 2] == 'C') {
            year = 1 - year;
        } else if (at != end) {
            throw malformed();
        }
        return DateTimeText.days(year, month, day);
    }

    private long readTime() {
        long seconds = twoDigits(0, 24) * 3600L;
        expect(':');
        seconds += twoDigits(0, 59) * 60L;
        expect(':');
        seconds += twoDigits(0, 60);
        long micros = 0;
        if (at < end && in[at] == '.') {
            at++;
            int fractionStart = at;
            micros = number();
            int digits = at - fractionStart;
            if (digits < 1 || digits > 6) {
                throw malformed();
            }
            for (int i = digits; i < 6; i++) {
                micros *= 10;
            }
        }
        return seconds * 1_000_000 + micros;
    }

    /** Seconds east of Greenwich, from {@code +05}, {@code -03:30} or {@code +00:53:28}. */
    private int readOffset() {
        int sign = in[at++] == '-' ? -1 : 1;
        int seconds = twoDigits(0, 24) * 3600;
        if (at < end && in[at] == ':') {
            at++;
            seconds += twoDigits(0, 59) * 60;
        }
        if (at < end && in[at] == ':') {
            at++;
            seconds += twoDigits(0, 59);
        }
        return sign * seconds;
    }

    /** As many digits as there are, but no more than seven of them count. */
    private int number() {
        int value = 0;
        int stop = Math.min(end, at + MAX_YEAR_DIGITS + 1);
        while (at < stop && in[at] >= '0' && in[at] <= '9') {
            value = value * 10 + in[at++] - '0';
        }
        return value;
    }

    private int twoDigits(int min, int max) {
        if (end - at < 2) {
            throw malformed();
        }
        int tens = in[at] - '0';
        int ones = in[at + 1] - '0';
        int value = tens * 10 + ones;
        if (tens < 0 || tens > 9 || ones < 0 || ones > 9 || value < min || value > max) {
            throw malformed();
        }
        at += 2;
        return value;
    }

    private void expect(char c) {
        if (at >= end || in[at] != c) {
            throw malformed();
        }
        at++;
    }

    private MalformedInputException malformed() {
        return Wire.malformedText(what, in, start, end - start);
    }
}
