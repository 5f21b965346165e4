package org.bottledwater.avro;

/** What becomes of {@code numeric}. */
public enum NumericMapping {
    /** {@code numeric(p,s)} with a scale between 0 and p is an Avro decimal, any other an exact string. */
    DECIMAL,
    /** An exact string, whatever the limits. */
    STRING,
    /** A double: short and convenient, but only about 16 digits are kept. */
    DOUBLE
}
