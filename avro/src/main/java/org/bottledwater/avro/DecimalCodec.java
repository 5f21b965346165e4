package org.bottledwater.avro;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/** numeric(p,s) as an Avro decimal. */
final class DecimalCodec extends Codec {
    private static final int LONG_DIGITS = 18;
    private static final long[] POWERS = new long[LONG_DIGITS + 1];

    static {
        long power = 1;
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = power;
            power *= 10;
        }
    }

    private final int precision;
    private final int scale;
    private final long limit;
    private final BigInteger bigLimit;

    DecimalCodec(int precision, int scale) {
        this.precision = precision;
        this.scale = scale;
        this.limit = precision <= LONG_DIGITS ? POWERS[precision] : Long.MAX_VALUE;
        this.bigLimit = BigInteger.TEN.pow(precision);
    }

    @Override
    Schema schema(SchemaPath path) {
        return schema(precision, scale);
    }

    static Schema schema(int precision, int scale) {
        return LogicalTypes.decimal(precision, scale).addToSchema(Schema.create(Schema.Type.BYTES));
    }

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        NumericText.check(in, offset, length);
        if (!NumericText.isFinite(in, offset, length)) {
            throw notFinite(new String(in, offset, length, StandardCharsets.UTF_8));
        }
        int fraction = NumericText.fractionDigits(in, offset, length);
        if (length <= LONG_DIGITS && fraction <= scale && length + scale - fraction <= LONG_DIGITS) {
            write(NumericText.digits(in, offset, length) * POWERS[scale - fraction], out);
        } else {
            BigDecimal value = new BigDecimal(new String(in, offset, length, StandardCharsets.US_ASCII));
            try {
                write(value.setScale(scale).unscaledValue(), out);
            } catch (ArithmeticException e) {
                throw NumericWire.tooFine(scale);
            }
        }
    }

    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        NumericWire.check(in, offset, length);
        if (!NumericWire.isFinite(in, offset)) {
            NumericWire.render(in, offset, out.scratch.clear());
            throw notFinite(out.scratch.toString());
        }
        long unscaled = NumericWire.unscaled(in, offset, scale);
        if (unscaled == NumericWire.TOO_BIG) {
            write(NumericWire.bigUnscaled(in, offset, scale), out);
        } else {
            write(unscaled, out);
        }
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        NumericWire.check(in, offset, length);
        NumericWire.render(in, offset, out);
    }

    private void write(long unscaled, ValueWriter out) {
        if (unscaled >= limit || unscaled <= -limit) {
            write(BigInteger.valueOf(unscaled), out);
        } else {
            out.decimal(unscaled, scale);
        }
    }

    private void write(BigInteger unscaled, ValueWriter out) {
        if (unscaled.abs().compareTo(bigLimit) >= 0) {
            throw new Unrepresentable("more digits than decimal(" + precision + "," + scale + ") has, value="
                    + new BigDecimal(unscaled, scale).toPlainString());
        }
        out.decimal(unscaled, scale);
    }

    private static Unrepresentable notFinite(String value) {
        return new Unrepresentable("an Avro decimal cannot hold it, value=" + value);
    }
}
