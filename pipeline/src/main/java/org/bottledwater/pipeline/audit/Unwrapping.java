package org.bottledwater.pipeline.audit;

import org.jspecify.annotations.Nullable;

/** Takes the row out of a message's value. One thread at a time. */
interface Unwrapping {
    /** What a value is. */
    enum Form {
        ROW,
        ENVELOPE,
        /** Somebody else's. */
        UNKNOWN
    }

    Form form(byte[] value);

    /** The row in an envelope as a value of its own; null for one that is gone. */
    byte @Nullable [] row(byte[] value);
}
