package org.bottledwater.avro;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;

/**
 * Floating-point numbers as PostgreSQL prints them with {@code extra_float_digits} above 0: the shortest digits that
 * read back as the same number, {@code 1e+20}, {@code NaN}, {@code -Infinity}.
 */
final class FloatText {
    private static final double[] DOUBLE_POWERS = new double[23];
    private static final float[] FLOAT_POWERS = new float[11];

    static {
        double power = 1;
        for (int i = 0; i < DOUBLE_POWERS.length; i++) {
            DOUBLE_POWERS[i] = power;
            power *= 10;
        }
        for (int i = 0; i < FLOAT_POWERS.length; i++) {
            FLOAT_POWERS[i] = (float) DOUBLE_POWERS[i];
        }
    }

    private FloatText() {}

    static double parseDouble(byte[] in, int offset, int length) {
        long mantissa = mantissa(in, offset, length);
        if (mantissa >= 0 && mantissa < 1L << 53) {
            int exponent = exponent(in, offset, length);
            if (Math.abs(exponent) < DOUBLE_POWERS.length) {
                // Both numbers are exact, so the one operation rounds as it should.
                double value = exponent < 0 ? mantissa / DOUBLE_POWERS[-exponent] : mantissa * DOUBLE_POWERS[exponent];
                return in[offset] == '-' ? -value : value;
            }
        }
        try {
            return Double.parseDouble(checked(in, offset, length));
        } catch (NumberFormatException e) {
            throw Wire.malformedText("double precision", in, offset, length);
        }
    }

    static float parseFloat(byte[] in, int offset, int length) {
        long mantissa = mantissa(in, offset, length);
        if (mantissa >= 0 && mantissa < 1L << 24) {
            int exponent = exponent(in, offset, length);
            if (Math.abs(exponent) < FLOAT_POWERS.length) {
                float value = exponent < 0 ? mantissa / FLOAT_POWERS[-exponent] : mantissa * FLOAT_POWERS[exponent];
                return in[offset] == '-' ? -value : value;
            }
        }
        try {
            return Float.parseFloat(checked(in, offset, length));
        } catch (NumberFormatException e) {
            throw Wire.malformedText("real", in, offset, length);
        }
    }

    /** The digits of a plain number like {@code -12.5} without the dot; -1 for any other form or more than 17 digits. */
    private static long mantissa(byte[] in, int offset, int length) {
        int at = length > 0 && in[offset] == '-' ? offset + 1 : offset;
        int end = offset + length;
        if (end - at > 18 || at == end) {
            return -1;
        }
        long mantissa = 0;
        int dots = 0;
        for (; at < end; at++) {
            int digit = in[at] - '0';
            if (digit >= 0 && digit <= 9) {
                mantissa = mantissa * 10 + digit;
            } else if (in[at] != '.' || dots++ > 0 || at + 1 == end) {
                return -1;
            }
        }
        return mantissa;
    }

    /** The power of ten that goes with {@link #mantissa}. */
    private static int exponent(byte[] in, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (in[i] == '.') {
                return i - (offset + length) + 1;
            }
        }
        return 0;
    }

    /** Java reads more forms than PostgreSQL prints: {@code 1f}, {@code 0x1p3}, spaces around. */
    private static String checked(byte[] in, int offset, int length) {
        String text = new String(in, offset, length, StandardCharsets.UTF_8);
        // Some builds of old servers leave it to their C library to print these.
        switch (text) {
            case "nan", "-nan" -> text = "NaN";
            case "inf" -> text = "Infinity";
            case "-inf" -> text = "-Infinity";
            default -> {}
        }
        boolean special = text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity");
        for (int i = 0; i < text.length() && !special; i++) {
            if ("0123456789.e+-".indexOf(text.charAt(i)) < 0) {
                throw new NumberFormatException(text);
            }
        }
        return text;
    }

    static void append(TextBuffer out, double value) {
        if (Double.isFinite(value)) {
            boolean negative = Double.doubleToRawLongBits(value) < 0;
            append(out, negative, Math.abs(value), NumberOutput.toString(Math.abs(value), true), 15);
        } else {
            out.append(Double.toString(value));
        }
    }

    static void append(TextBuffer out, float value) {
        if (Float.isFinite(value)) {
            boolean negative = Float.floatToRawIntBits(value) < 0;
            append(out, negative, Math.abs(value), NumberOutput.toString(Math.abs(value), true), 6);
        } else {
            out.append(Float.toString(value));
        }
    }

    /**
     * Java's digits in PostgreSQL's dress.
     *
     * @param java what Java prints for {@code value}: {@code 12.5} or {@code 1.25E-7}
     * @param fixedBelow the power of ten from which on PostgreSQL uses an exponent
     */
    private static void append(TextBuffer out, boolean negative, Number value, String java, int fixedBelow) {
        BigDecimal shortest = FloatTie.avoid(oneDigit(new BigDecimal(java).stripTrailingZeros(), value), value);
        String digits = shortest.unscaledValue().toString();
        int exponent = shortest.precision() - shortest.scale() - 1;
        layout(out.append(negative ? "-" : ""), digits, exponent, fixedBelow);
    }

    /** Java prints two digits at least where PostgreSQL prints one if that is enough: {@code 5e-324}. */
    private static BigDecimal oneDigit(BigDecimal shortest, Number value) {
        if (shortest.precision() != 2) {
            return shortest;
        }
        BigDecimal rounded = shortest.round(new MathContext(1)).stripTrailingZeros();
        boolean enough = value instanceof Float
                ? rounded.floatValue() == value.floatValue()
                : rounded.doubleValue() == value.doubleValue();
        return enough ? rounded : shortest;
    }

    private static void layout(TextBuffer out, String digits, int exponent, int fixedBelow) {
        if (exponent < -4 || exponent >= fixedBelow) {
            out.append(digits.charAt(0));
            if (digits.length() > 1) {
                out.append('.').append(digits.substring(1));
            }
            out.append('e').append(exponent < 0 ? '-' : '+').appendPadded(Math.abs(exponent), 2);
        } else if (exponent < 0) {
            out.append("0.").append("000".substring(0, -exponent - 1)).append(digits);
        } else if (digits.length() <= exponent + 1) {
            out.append(digits).append("0".repeat(exponent + 1 - digits.length()));
        } else {
            out.append(digits.substring(0, exponent + 1)).append('.').append(digits.substring(exponent + 1));
        }
    }

    /** An IEEE 754 number of 16 bits, as pgvector's halfvec has them. */
    static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >> 10 & 0x1F;
        int fraction = bits & 0x3FF;
        if (exponent == 31) {
            return Float.intBitsToFloat(sign | 0x7F800000 | fraction << 13);
        }
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | ((exponent + 112) << 23) | (fraction << 13));
    }
}
