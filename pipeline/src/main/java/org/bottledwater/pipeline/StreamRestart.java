package org.bottledwater.pipeline;

/** Not an error: the stream has to go back to its checkpoint and on in another way. */
final class StreamRestart extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What is to be different. */
    enum Reason {
        /** A relation has a type whose binary form is unknown: ask for text. */
        TEXT_NEEDED,
        /** Tables are new, or not what they were: they are listed once more. */
        TABLES_CHANGED,
        /** Another instance was at work meanwhile. */
        SLOT_TAKEN,
        /** Somebody asked for tables to be copied once more. */
        REQUEST,
        /** The server does not give the backlog in stretches. */
        BACKLOG_REFUSED
    }

    private final Reason reason;
    private final int table;

    StreamRestart(Reason reason, String message) {
        this(reason, message, 0);
    }

    /** @param table the OID of one that is to be copied again, whatever the catalog says of it then; 0 for none */
    StreamRestart(Reason reason, String message, int table) {
        super(message);
        this.reason = reason;
        this.table = table;
    }

    /** 0 for none. */
    int table() {
        return table;
    }

    Reason reason() {
        return reason;
    }
}
