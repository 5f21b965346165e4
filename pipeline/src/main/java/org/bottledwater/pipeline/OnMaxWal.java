package org.bottledwater.pipeline;

/** What happens when the slot makes the server keep too much of its log ({@code --on-max-wal}). */
public enum OnMaxWal {
    /** It is said in our own log, and nothing else. */
    WARN,
    /** The run ends; the slot stays, and goes on keeping the log. */
    EXIT,
    /** The run ends and the slot with it: the primary's disk is worth more than the copy. */
    DROP_SLOT
}
