package org.bottledwater.avro;

/**
 * Where a change comes from.
 *
 * @param lsn where its commit stands in the log, or where the snapshot was taken
 * @param xid the transaction's number
 * @param timeMicros of the commit or the snapshot, since 1970-01-01 UTC
 */
public record Origin(long lsn, long xid, long timeMicros) {
    /** Of what is not known. */
    public static final long UNKNOWN = Long.MIN_VALUE;
}
