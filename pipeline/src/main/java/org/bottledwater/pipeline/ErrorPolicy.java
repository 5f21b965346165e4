package org.bottledwater.pipeline;

import org.bottledwater.avro.KeyText;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of a message that can never be delivered: {@code --on-error}. Thread-safe. */
final class ErrorPolicy {
    private static final Logger log = LoggerFactory.getLogger(ErrorPolicy.class);

    private final OnError onError;
    private final RunStatus status;

    ErrorPolicy(OnError onError, RunStatus status) {
        this.onError = onError;
        this.status = status;
    }

    /**
     * Returns when the message is to be dropped; it has been logged then.
     *
     * @param xid of its transaction, or {@link Undeliverable#SNAPSHOT}
     * @throws Undeliverable when the run is to stop in front of it
     */
    void undeliverable(int xid, Relation relation, Tuple row, RuntimeException reason) {
        undeliverable(xid, "table=" + relation.name() + " key=" + key(relation, row), reason);
    }

    /** As the other, for a TRUNCATE. */
    void undeliverable(int xid, Relation relation, RuntimeException reason) {
        undeliverable(xid, "table=" + relation.name() + " TRUNCATE", reason);
    }

    /** As the other, for what has no row. */
    void undeliverable(int xid, String where, RuntimeException reason) {
        String what = where + ": " + reason.getMessage();
        if (onError == OnError.EXIT) {
            throw new Undeliverable(
                    xid,
                    "cannot deliver a message: " + what
                            + (xid == Undeliverable.SNAPSHOT
                                    ? "\n  What is copied is not read again: mend the cause and start again,"
                                    : "\n  The slot stays in front of its transaction: mend the cause and start again,")
                            + "\n  or drop such messages with a log line each: --on-error=log");
        }
        status.droppedOne();
        log.error("dropped a message: {}", what);
    }

    private static String key(Relation relation, Tuple row) {
        return relation.isKeyed() ? KeyText.of(relation, row) : "none";
    }
}
