package org.bottledwater.avro;

/**
 * When a row was written. A composite type may have changed since, and its values still have the fields that it had: those
 * of the first attributes, as attributes are only ever added behind the others, without the ones that were dropped by then.
 */
final class RowAge {
    /** Of no transaction: the row is as new as its types. */
    static final int NOW = 0;

    /** The 32-bit number of the transaction that wrote the row, or {@link #NOW}. */
    int xid = NOW;

    /** Whether {@link OtherShape} is thrown for a value that has not the fields that its type has now. */
    boolean mustBeNow;
}
