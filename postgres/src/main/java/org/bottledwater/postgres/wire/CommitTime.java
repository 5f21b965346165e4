package org.bottledwater.postgres.wire;

import java.time.DateTimeException;
import java.time.LocalDate;

/** The time in test_decoding's COMMIT: ISO form with the session's offset, whatever its DateStyle. */
final class CommitTime {
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final byte[] POINT = {'.'};
    private static final byte[] COLON = {':'};

    private CommitTime() {}

    /** Reads {@code 2017-05-01 12:00:00.123456+05:30}; returns microseconds since 1970-01-01 UTC. */
    static long read(TextReader in) {
        long year = in.number(6);
        in.require('-');
        long month = in.number(2);
        in.require('-');
        long day = in.number(2);
        in.require(' ');
        long seconds = readHour(in) * 3600;
        in.require(':');
        seconds += readSixty(in) * 60;
        in.require(':');
        seconds += readSixty(in);
        long micros = in.skip(POINT) ? readFraction(in) : 0;
        seconds -= readOffset(in);
        try {
            seconds += LocalDate.of((int) year, (int) month, (int) day).toEpochDay() * 86_400;
        } catch (DateTimeException e) {
            throw in.malformed("no such date, year=" + year + " month=" + month + " day=" + day);
        }
        return seconds * MICROS_PER_SECOND + micros;
    }

    private static long readFraction(TextReader in) {
        int from = in.position();
        long micros = in.number(6);
        for (int digits = in.position() - from; digits < 6; digits++) {
            micros *= 10;
        }
        return micros;
    }

    /** {@code +hh}, {@code +hh:mm} or {@code +hh:mm:ss}, in seconds east of UTC. */
    private static long readOffset(TextReader in) {
        byte sign = in.peek();
        if (sign != '+' && sign != '-') {
            throw in.malformed("expected an offset from UTC");
        }
        in.require((char) sign);
        long seconds = readHour(in) * 3600;
        if (in.skip(COLON)) {
            seconds += readSixty(in) * 60;
        }
        if (in.skip(COLON)) {
            seconds += readSixty(in);
        }
        return sign == '-' ? -seconds : seconds;
    }

    private static long readHour(TextReader in) {
        long hour = in.number(2);
        if (hour > 24) {
            throw in.malformed("no such hour, hour=" + hour);
        }
        return hour;
    }

    private static long readSixty(TextReader in) {
        long value = in.number(2);
        if (value > 60) {
            throw in.malformed("no such minute or second, value=" + value);
        }
        return value;
    }
}
