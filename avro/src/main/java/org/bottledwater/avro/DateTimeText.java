package org.bottledwater.avro;

/**
 * Prints dates and times, as PostgreSQL does with {@code DateStyle=ISO} and as ISO 8601 has them. They differ before
 * our era ({@code 0044-03-15 BC} is {@code -0043-03-15}), after the year 9999 ({@code +10000}) and in the letter between date and time.
 */
final class DateTimeText {
    static final long MICROS_PER_DAY = 86_400_000_000L;

    private static final int DAYS_PER_ERA = 146_097;
    /** From 0000-03-01, where the eras of 400 years begin, to 1970-01-01. */
    private static final int DAYS_BEFORE_1970 = 719_468;

    private static final long FIRST_DAY_OF_OUR_ERA = days(1, 1, 1);

    private DateTimeText() {}

    /** Days since 1970-01-01 in the Gregorian calendar; the year 0 is 1 BC. */
    static long days(long year, int month, int day) {
        // Years that begin in March have the leap day at their end.
        long y = month <= 2 ? year - 1 : year;
        long era = Math.floorDiv(y, 400);
        long yearOfEra = y - era * 400;
        long dayOfYear = (153L * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        long dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return era * DAYS_PER_ERA + dayOfEra - DAYS_BEFORE_1970;
    }

    static void pgDate(TextBuffer out, long days) {
        date(out, days, 1);
        era(out, days);
    }

    /** @param zone what stands behind the time: {@code +00}, or nothing */
    static void pgTimestamp(TextBuffer out, long days, long microsOfDay, String zone) {
        date(out, days, 1);
        time(out.append(' '), microsOfDay);
        era(out.append(zone), days);
    }

    static void isoDate(TextBuffer out, int days) {
        if (days == Integer.MAX_VALUE || days == Integer.MIN_VALUE) {
            out.append(days > 0 ? "infinity" : "-infinity");
        } else {
            date(out, days, 0);
        }
    }

    static void isoTimestamp(TextBuffer out, long micros, String zone) {
        if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
            out.append(micros > 0 ? "infinity" : "-infinity");
        } else {
            date(out, Math.floorDiv(micros, MICROS_PER_DAY), 0);
            time(out.append('T'), Math.floorMod(micros, MICROS_PER_DAY));
            out.append(zone);
        }
    }

    /** {@code 04:05:06.789}. */
    static void time(TextBuffer out, long micros) {
        long seconds = micros / 1_000_000;
        out.appendPadded(seconds / 3600, 2).append(':').appendPadded(seconds / 60 % 60, 2);
        out.append(':').appendPadded(seconds % 60, 2).appendFraction((int) (micros % 1_000_000));
    }

    /** @param firstYear of the years that are printed as they are: 1 where the era follows, 0 where signs are used */
    private static void date(TextBuffer out, long days, int firstYear) {
        long shifted = days + DAYS_BEFORE_1970;
        long era = Math.floorDiv(shifted, DAYS_PER_ERA);
        long dayOfEra = shifted - era * DAYS_PER_ERA;
        long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long month = (5 * dayOfYear + 2) / 153;
        long day = dayOfYear - (153 * month + 2) / 5 + 1;
        long year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
        month = month < 10 ? month + 3 : month - 9;
        if (firstYear == 1) {
            out.appendPadded(year > 0 ? year : 1 - year, 4);
        } else {
            out.append(year < 0 ? "-" : year > 9999 ? "+" : "").appendPadded(Math.abs(year), 4);
        }
        out.append('-').appendPadded(month, 2).append('-').appendPadded(day, 2);
    }

    private static void era(TextBuffer out, long days) {
        if (days < FIRST_DAY_OF_OUR_ERA) {
            out.append(" BC");
        }
    }
}
