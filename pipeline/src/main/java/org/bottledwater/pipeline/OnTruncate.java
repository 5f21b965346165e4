package org.bottledwater.pipeline;

/** What a TRUNCATE becomes ({@code --on-truncate}): the log does not name the rows that went. */
public enum OnTruncate {
    /**
     * A null value for every key that the topic holds, which costs reading it once; in the topic of an unkeyed table a
     * message without key and value on every partition.
     */
    DELETE,
    /** A warning in our own log, and nothing in Kafka. */
    IGNORE
}
