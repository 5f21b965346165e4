package org.bottledwater.kafka;

import org.bottledwater.change.Lsn;

/**
 * Kafka ended a transaction that one PostgreSQL transaction had kept open for longer than {@code
 * transaction.timeout.ms}. A second try may do if this program or the source stood still meanwhile; it will not if
 * the transaction is simply too large.
 */
public final class TransactionExpiredException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long safe;

    TransactionExpiredException(String message, long safe, Throwable cause) {
        super(message + ", and the PostgreSQL transaction after " + Lsn.toString(safe) + " is not complete yet", cause);
        this.safe = safe;
    }

    /** Everything up to here is in Kafka; the transaction in question follows. */
    public long safe() {
        return safe;
    }
}
