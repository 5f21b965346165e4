package org.bottledwater.avro;

/**
 * interval as {@code IntervalStyle=iso_8601} prints it: {@code P1Y2M3DT4H5M6.789S}. Months, days and microseconds stay
 * apart, each with its own sign ({@code P1M-1DT-0.5S}).
 *
 * <pre>
 *   0  int64  microseconds
 *   8  int32  days
 *  12  int32  months
 * </pre>
 */
final class IntervalCodec extends StringCodec {
    static final Codec INTERVAL = new IntervalCodec();

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
    private static final long MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;

    private IntervalCodec() {}

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        Wire.checkLength("interval", length, 16);
        long micros = Wire.int64(in, offset);
        int days = Wire.int32(in, offset + 8);
        int months = Wire.int32(in, offset + 12);
        if (months == Integer.MAX_VALUE && days == Integer.MAX_VALUE && micros == Long.MAX_VALUE) {
            out.append("infinity");
        } else if (months == Integer.MIN_VALUE && days == Integer.MIN_VALUE && micros == Long.MIN_VALUE) {
            out.append("-infinity");
        } else if (months == 0 && days == 0 && micros == 0) {
            out.append("PT0S");
        } else {
            out.append('P');
            part(out, months / 12, 'Y');
            part(out, months % 12, 'M');
            part(out, days, 'D');
            time(out, micros);
        }
    }

    private static void time(TextBuffer out, long micros) {
        if (micros == 0) {
            return;
        }
        out.append('T');
        part(out, micros / MICROS_PER_HOUR, 'H');
        part(out, micros % MICROS_PER_HOUR / MICROS_PER_MINUTE, 'M');
        long seconds = micros % MICROS_PER_MINUTE;
        if (seconds != 0) {
            out.append(seconds < 0 ? "-" : "").append(Math.abs(seconds) / MICROS_PER_SECOND);
            out.appendFraction((int) (Math.abs(seconds) % MICROS_PER_SECOND)).append('S');
        }
    }

    private static void part(TextBuffer out, long value, char unit) {
        if (value != 0) {
            out.append(value).append(unit);
        }
    }
}
