package org.bottledwater.avro;

import java.math.BigDecimal;
import org.apache.avro.Schema;

/** numeric where it is no Avro decimal, and money (manual, "Arbitrary Precision Numbers", "Monetary Types"). */
final class Numerics {
    /** The exact text; a number in JSON. */
    private static final Codec EXACT = new Exact();

    /** The exact text; a string in JSON too. */
    private static final Codec TEXT = new AsString(EXACT);

    private static final Codec DOUBLE = new ToDouble();

    /** The scale of a type modifier is a signed number of 11 bits since PostgreSQL 15; before, it was 0 to 1000. */
    private static final int SCALE_BITS = 11;

    private Numerics() {}

    static Codec numeric(int typeModifier, NumericMapping mapping) {
        return switch (mapping) {
            case STRING -> TEXT;
            case DOUBLE -> DOUBLE;
            case DECIMAL -> {
                if (typeModifier < 4) {
                    yield EXACT;
                }
                int precision = precision(typeModifier);
                int scale = scale(typeModifier);
                yield scale >= 0 && scale <= precision ? new DecimalCodec(precision, scale) : EXACT;
            }
        };
    }

    static int precision(int typeModifier) {
        return ((typeModifier - 4) >> 16) & 0xFFFF;
    }

    static int scale(int typeModifier) {
        return (typeModifier - 4) << (32 - SCALE_BITS) >> (32 - SCALE_BITS);
    }

    static Codec money(int fractionDigits) {
        return new Money(fractionDigits);
    }

    private static final class Exact extends StringCodec {
        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            NumericText.check(in, offset, length);
            out.number(in, offset, length);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            render(in, offset, length, out.scratch.clear());
            out.number(out.scratch.bytes(), 0, out.scratch.size());
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            NumericWire.check(in, offset, length);
            NumericWire.render(in, offset, out);
        }

        @Override
        Codec asString() {
            return TEXT;
        }
    }

    private static final class ToDouble extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.DOUBLE);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            NumericText.check(in, offset, length);
            out.float64(FloatText.parseDouble(in, offset, length));
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            render(in, offset, length, out.scratch.clear());
            out.float64(FloatText.parseDouble(out.scratch.bytes(), 0, out.scratch.size()));
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            EXACT.render(in, offset, length, out);
        }

        @Override
        Codec asString() {
            return TEXT;
        }
    }

    /**
     * The text form is made for people and follows the database's locale: {@code $1,234.50}, {@code -1.234,50 €},
     * {@code ($3)}. But it always has all fraction digits, so its digits alone are the value in the smallest unit,
     * which is what the binary form holds.
     */
    private static final class Money extends Codec {
        private static final int MAX_DIGITS = 19;
        private final int scale;

        Money(int scale) {
            this.scale = scale;
        }

        @Override
        Schema schema(SchemaPath path) {
            return DecimalCodec.schema(MAX_DIGITS, scale);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            out.decimal(parse(in, offset, length, out.scratch.clear()), scale);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            Wire.checkLength("money", length, 8);
            out.decimal(Wire.int64(in, offset), scale);
        }

        /** Plain digits: the server's own form depends on its locale, and it reads this one in most. */
        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("money", length, 8);
            plain(Wire.int64(in, offset), out);
        }

        /** What {@code ::numeric::money} reads. */
        @Override
        void literal(byte[] in, int offset, int length, TextBuffer out) {
            plain(parse(in, offset, length, new TextBuffer()), out);
        }

        @Override
        Codec asString() {
            return new MoneyText(this);
        }

        long parse(byte[] in, int offset, int length, TextBuffer digits) {
            boolean negative = false;
            for (int i = offset; i < offset + length; i++) {
                negative |= in[i] == '-' || in[i] == '(';
            }
            if (negative) {
                digits.append('-');
            }
            for (int i = offset; i < offset + length; i++) {
                if (in[i] >= '0' && in[i] <= '9') {
                    digits.appendByte(in[i]);
                }
            }
            return Integers.parse("money", digits.bytes(), 0, digits.size());
        }

        void plain(long value, TextBuffer out) {
            out.append(BigDecimal.valueOf(value, scale).toPlainString());
        }
    }

    private static final class MoneyText extends StringCodec {
        private final Money money;

        MoneyText(Money money) {
            this.money = money;
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            long value = money.parse(in, offset, length, out.scratch.clear());
            money.plain(value, out.scratch.clear());
            out.textOfScratch();
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            money.render(in, offset, length, out);
        }
    }
}
