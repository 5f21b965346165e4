package org.bottledwater.avro;

import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.bottledwater.change.MalformedInputException;

/** Dates and times (manual, "Date/Time Types"). PostgreSQL counts from 2000-01-01, Avro from 1970-01-01. */
final class DateTimes {
    static final Codec DATE = new Date();
    static final Codec TIME = new Time();
    static final Codec TIMETZ = new TimeTz();
    static final Codec TIMESTAMP = new Timestamp("timestamp", "");
    static final Codec TIMESTAMPTZ = new Timestamp("timestamptz", "+00");

    private static final int DAYS_1970_TO_2000 = 10_957;
    private static final long MICROS_1970_TO_2000 = DAYS_1970_TO_2000 * DateTimeText.MICROS_PER_DAY;

    private DateTimes() {}

    private static final class Date extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            DateTimeParser parser = new DateTimeParser("date", in, offset, length);
            int infinity = parser.infinity();
            out.date(infinity == 0 ? parser.date() : infinity > 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            int days = read(in, offset, length);
            if (isInfinite(days)) {
                out.date(days);
            } else if (days > Integer.MAX_VALUE - DAYS_1970_TO_2000 - 1) {
                throw new MalformedInputException("date: out of range, days=" + days);
            } else {
                out.date(days + DAYS_1970_TO_2000);
            }
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            int days = read(in, offset, length);
            if (isInfinite(days)) {
                out.append(days > 0 ? "infinity" : "-infinity");
            } else {
                DateTimeText.pgDate(out, (long) days + DAYS_1970_TO_2000);
            }
        }

        private static boolean isInfinite(int days) {
            return days == Integer.MAX_VALUE || days == Integer.MIN_VALUE;
        }

        private static int read(byte[] in, int offset, int length) {
            Wire.checkLength("date", length, 4);
            return Wire.int32(in, offset);
        }
    }

    private static final class Time extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return LogicalTypes.timeMicros().addToSchema(Schema.create(Schema.Type.LONG));
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            out.time(new DateTimeParser("time", in, offset, length).time());
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            out.time(read(in, offset, length));
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            DateTimeText.time(out, read(in, offset, length));
        }

        private static long read(byte[] in, int offset, int length) {
            Wire.checkLength("time", length, 8);
            return checkTime(Wire.int64(in, offset));
        }
    }

    private static long checkTime(long micros) {
        if (micros < 0 || micros > DateTimeText.MICROS_PER_DAY) {
            throw new MalformedInputException("time: out of range, micros=" + micros);
        }
        return micros;
    }

    /** The offset is in seconds west of Greenwich in the binary form. */
    private static final class TimeTz extends StringCodec {
        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("timetz", length, 12);
            DateTimeText.time(out, checkTime(Wire.int64(in, offset)));
            long west = Wire.int32(in, offset + 8);
            long seconds = Math.abs(west);
            out.append(west > 0 ? '-' : '+').appendPadded(seconds / 3600, 2);
            if (seconds % 3600 != 0) {
                out.append(':').appendPadded(seconds / 60 % 60, 2);
            }
            if (seconds % 60 != 0) {
                out.append(':').appendPadded(seconds % 60, 2);
            }
        }
    }

    private static final class Timestamp extends Codec {
        private final String name;
        private final String zone;

        Timestamp(String name, String zone) {
            this.name = name;
            this.zone = zone;
        }

        @Override
        Schema schema(SchemaPath path) {
            Schema micros = Schema.create(Schema.Type.LONG);
            return zone.isEmpty()
                    ? LogicalTypes.localTimestampMicros().addToSchema(micros)
                    : LogicalTypes.timestampMicros().addToSchema(micros);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            DateTimeParser parser = new DateTimeParser(name, in, offset, length);
            int infinity = parser.infinity();
            if (infinity != 0) {
                write(infinity > 0 ? Long.MAX_VALUE : Long.MIN_VALUE, out);
                return;
            }
            try {
                write(checkFinite(parser.timestamp()), out);
            } catch (ArithmeticException e) {
                throw outOfRange();
            }
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            long micros = read(in, offset, length);
            if (isInfinite(micros)) {
                write(micros, out);
            } else if (micros > Long.MAX_VALUE - MICROS_1970_TO_2000) {
                throw outOfRange();
            } else {
                write(checkFinite(micros + MICROS_1970_TO_2000), out);
            }
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            long micros = read(in, offset, length);
            if (isInfinite(micros)) {
                out.append(micros > 0 ? "infinity" : "-infinity");
            } else {
                long days = Math.floorDiv(micros, DateTimeText.MICROS_PER_DAY);
                long ofDay = Math.floorMod(micros, DateTimeText.MICROS_PER_DAY);
                DateTimeText.pgTimestamp(out, days + DAYS_1970_TO_2000, ofDay, zone);
            }
        }

        private void write(long micros, ValueWriter out) {
            if (zone.isEmpty()) {
                out.localTimestamp(micros);
            } else {
                out.instant(micros);
            }
        }

        private long read(byte[] in, int offset, int length) {
            Wire.checkLength(name, length, 8);
            return Wire.int64(in, offset);
        }

        private static boolean isInfinite(long micros) {
            return micros == Long.MAX_VALUE || micros == Long.MIN_VALUE;
        }

        /** The extremes mean infinity, so the one timestamp that would read so must not pass for it. */
        private long checkFinite(long micros) {
            if (isInfinite(micros)) {
                throw outOfRange();
            }
            return micros;
        }

        private Unrepresentable outOfRange() {
            return new Unrepresentable(
                    name + " beyond microseconds since 1970 in a long, that is after the year 294246");
        }
    }
}
