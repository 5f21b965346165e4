package org.bottledwater.avro;

import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.bottledwater.change.MalformedInputException;

/** Booleans and whole numbers (manual, "Numeric Types", "Object Identifier Types"). */
final class Integers {
    static final Codec BOOL = new Bool();
    static final Codec INT2 = new Int("smallint", 2);
    static final Codec INT4 = new Int("integer", 4);
    static final Codec INT8 = new Int8();
    /** oid, xid and cid: 32 bits, unsigned. */
    static final Codec UINT4 = new UInt4();
    /** xid8: 64 bits, unsigned. */
    static final Codec UINT8 = new UInt8();

    private Integers() {}

    /** @throws MalformedInputException for what is no whole number of 64 bits */
    static long parse(String what, byte[] in, int offset, int length) {
        boolean negative = length > 0 && in[offset] == '-';
        int end = offset + length;
        int at = negative ? offset + 1 : offset;
        if (at >= end || end - at > 19) {
            throw Wire.malformedText(what, in, offset, length);
        }
        // Negative on the way, since the smallest number has no positive counterpart.
        long value = 0;
        for (; at < end; at++) {
            int digit = in[at] - '0';
            if (digit < 0 || digit > 9) {
                throw Wire.malformedText(what, in, offset, length);
            }
            value = value * 10 - digit;
        }
        boolean overflown = value > 0 || (!negative && value == Long.MIN_VALUE);
        if (overflown) {
            throw Wire.malformedText(what, in, offset, length);
        }
        return negative ? value : -value;
    }

    private static final class Bool extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.BOOLEAN);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            boolean value = length > 0 && in[offset] == 't';
            if (!is(value ? "t" : "f", in, offset, length) && !is(value ? "true" : "false", in, offset, length)) {
                throw Wire.malformedText("boolean", in, offset, length);
            }
            out.bool(value);
        }

        /** The output function prints one letter, test_decoding the whole word. */
        private static boolean is(String word, byte[] in, int offset, int length) {
            if (length != word.length()) {
                return false;
            }
            for (int i = 0; i < length; i++) {
                if (in[offset + i] != word.charAt(i)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            out.bool(read(in, offset, length));
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            out.append(read(in, offset, length) ? 't' : 'f');
        }

        private static boolean read(byte[] in, int offset, int length) {
            Wire.checkLength("boolean", length, 1);
            if (in[offset] < 0 || in[offset] > 1) {
                throw new MalformedInputException("boolean: malformed, value=" + in[offset]);
            }
            return in[offset] != 0;
        }
    }

    private static final class Int extends Codec {
        private final String name;
        private final int bytes;
        private final int min;

        Int(String name, int bytes) {
            this.name = name;
            this.bytes = bytes;
            this.min = bytes == 2 ? Short.MIN_VALUE : Integer.MIN_VALUE;
        }

        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.INT);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            long value = parse(name, in, offset, length);
            if (value < min || value > ~min) {
                throw Wire.malformedText(name, in, offset, length);
            }
            out.int32((int) value);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            out.int32(read(in, offset, length));
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            out.append(read(in, offset, length));
        }

        private int read(byte[] in, int offset, int length) {
            Wire.checkLength(name, length, bytes);
            return bytes == 2 ? Wire.int16(in, offset) : Wire.int32(in, offset);
        }
    }

    private static final class Int8 extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.LONG);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            out.int64(parse("bigint", in, offset, length));
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            Wire.checkLength("bigint", length, 8);
            out.int64(Wire.int64(in, offset));
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("bigint", length, 8);
            out.append(Wire.int64(in, offset));
        }
    }

    private static final class UInt4 extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.LONG);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            long value = parse("oid", in, offset, length);
            if (value < 0 || value > 0xFFFFFFFFL) {
                throw Wire.malformedText("oid", in, offset, length);
            }
            out.int64(value);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            Wire.checkLength("oid", length, 4);
            out.int64(Wire.int32(in, offset) & 0xFFFFFFFFL);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("oid", length, 4);
            out.append(Wire.int32(in, offset) & 0xFFFFFFFFL);
        }
    }

    private static final class UInt8 extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.LONG);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            if (length == 20 || (length == 19 && in[offset] == '9')) {
                checkSign(parseUnsigned(in, offset, length));
            }
            out.int64(parse("xid8", in, offset, length));
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            Wire.checkLength("xid8", length, 8);
            out.int64(checkSign(Wire.int64(in, offset)));
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("xid8", length, 8);
            out.append(Long.toUnsignedString(Wire.int64(in, offset)));
        }

        /** PostgreSQL would need some 300 000 years at a million transactions a second to get there. */
        private static long checkSign(long value) {
            if (value < 0) {
                throw new Unrepresentable("xid8 beyond an Avro long, value=" + Long.toUnsignedString(value));
            }
            return value;
        }

        private static long parseUnsigned(byte[] in, int offset, int length) {
            try {
                return Long.parseUnsignedLong(new String(in, offset, length, StandardCharsets.UTF_8));
            } catch (NumberFormatException e) {
                throw Wire.malformedText("xid8", in, offset, length);
            }
        }
    }
}
