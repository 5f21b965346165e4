package org.bottledwater.change;

/** What a {@link Tuple} holds for a column. */
public enum ColumnState {
    /** SQL NULL. */
    NULL,
    /** Not in the log: a value in TOAST that the update left as it was. */
    UNCHANGED,
    /** The bytes are the type's text form (its output function), in UTF-8. */
    TEXT,
    /** The bytes are the type's binary form (its send function). */
    BINARY
}
