package org.bottledwater.pipeline;

/**
 * A change that can never be delivered, under {@code --on-error=exit}. It carries the number of its transaction, so that
 * the stream can go back once and deliver everything before that transaction.
 */
final class Undeliverable extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Stands for the transaction of a row that was copied; no transaction has this number. */
    static final int SNAPSHOT = 0;

    private final int xid;

    Undeliverable(int xid, String message) {
        super(message);
        this.xid = xid;
    }

    /** The 32-bit number of the transaction, or {@link #SNAPSHOT}. */
    int xid() {
        return xid;
    }
}
