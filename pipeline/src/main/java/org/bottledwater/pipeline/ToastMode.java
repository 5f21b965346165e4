package org.bottledwater.pipeline;

/** What becomes of a large value that an update left as it was, and that is nowhere in the log ({@code --toast}). */
public enum ToastMode {
    /** It is read from the table. */
    FETCH,
    /** The column is null, and the header {@code pg.unknown} names it. */
    PLACEHOLDER,
    /** The message cannot be sent: {@code --on-error} says what then. */
    FAIL
}
