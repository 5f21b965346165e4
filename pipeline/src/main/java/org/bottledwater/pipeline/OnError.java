package org.bottledwater.pipeline;

/** What to do with a message that can never be delivered ({@code --on-error}). */
public enum OnError {
    /** Stop; everything before it is delivered and the slot stays in front of it. */
    EXIT,
    /** Log the table, the key and the reason, drop that one message and go on. */
    LOG
}
