package org.bottledwater.pipeline;

/** Not an error: the stream has to go back to its checkpoint and on in another way. */
final class StreamRestart extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What is to be different. */
    enum Reason {
        /** A relation has a type whose binary form is unknown: ask for text. */
        TEXT_NEEDED,
        /** A type was changed within a snapshot: begin from another. */
        TYPE_CHANGED,
        /** A table is new: it enters by the snapshot door. */
        NEW_TABLE,
        /** Another instance was at work meanwhile. */
        SLOT_TAKEN,
        /** Somebody asked for tables to be copied once more. */
        REQUEST,
        /** The server does not give the backlog in stretches. */
        BACKLOG_REFUSED
    }

    private final Reason reason;

    StreamRestart(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
