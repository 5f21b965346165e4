package org.bottledwater.pipeline;

import java.util.List;

/** Not an error: the stream has to go back to its checkpoint and on in another way. */
final class StreamRestart extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What is to be different. */
    enum Reason {
        /** A relation has a type whose binary form is unknown: ask for text. */
        TEXT_NEEDED,
        /** Tables are new, or not what they were: they are listed once more. */
        TABLES_CHANGED,
        /** A type was changed within a snapshot: begin from another. */
        TYPE_CHANGED,
        /** Another instance was at work meanwhile. */
        SLOT_TAKEN,
        /** Somebody asked for tables to be copied once more. */
        REQUEST,
        /** The server does not give the backlog in stretches. */
        BACKLOG_REFUSED
    }

    private final Reason reason;
    private final transient List<Integer> tables;

    StreamRestart(Reason reason, String message) {
        this(reason, message, List.of());
    }

    /** @param tables the OIDs of those that are to be copied again, whatever the catalog says of them then */
    StreamRestart(Reason reason, String message, List<Integer> tables) {
        super(message);
        this.reason = reason;
        this.tables = List.copyOf(tables);
    }

    /** Which tables are to be copied again. */
    List<Integer> tables() {
        return tables;
    }

    Reason reason() {
        return reason;
    }
}
