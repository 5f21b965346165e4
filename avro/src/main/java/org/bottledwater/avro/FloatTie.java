package org.bottledwater.avro;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * Decimals that lie exactly between two floating-point numbers. Java prints one if it is the shortest and rounds to the
 * right number; PostgreSQL does not trust every reader to round a tie to even, and prints more digits.
 */
final class FloatTie {
    /** Halfway numbers below these have more digits than are ever printed. */
    private static final double DOUBLE_MIN = 0x1p50;

    private static final double FLOAT_MIN = 0x1p20f;

    private FloatTie() {}

    /** {@code shortest}, or if that is a tie the shortest decimal that is none; {@code value} is not negative. */
    static BigDecimal avoid(BigDecimal shortest, Number value) {
        BigDecimal printed = shortest;
        for (int digits = shortest.precision() + 1; isPossible(value) && isTie(printed, value); digits++) {
            printed = exact(value).round(new MathContext(digits)).stripTrailingZeros();
        }
        return printed;
    }

    private static boolean isPossible(Number value) {
        return value.doubleValue() >= (value instanceof Float ? FLOAT_MIN : DOUBLE_MIN);
    }

    private static boolean isTie(BigDecimal printed, Number value) {
        BigDecimal twice = printed.multiply(BigDecimal.valueOf(2));
        BigDecimal exact = exact(value);
        return twice.compareTo(exact.add(above(value))) == 0 || twice.compareTo(exact.add(below(value))) == 0;
    }

    private static BigDecimal exact(Number value) {
        return new BigDecimal(value.doubleValue());
    }

    /** The next larger number; the one beyond the largest would be infinite, and is no tie with anything printed. */
    private static BigDecimal above(Number value) {
        double next = value instanceof Float ? Math.nextUp(value.floatValue()) : Math.nextUp(value.doubleValue());
        return Double.isInfinite(next) ? exact(value) : new BigDecimal(next);
    }

    private static BigDecimal below(Number value) {
        return new BigDecimal(
                value instanceof Float ? Math.nextDown(value.floatValue()) : Math.nextDown(value.doubleValue()));
    }
}
