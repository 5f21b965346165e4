package org.bottledwater.pipeline;

/** What a crash may do to the messages ({@code --delivery}). */
public enum Delivery {
    /** Kafka transactions that begin and end with PostgreSQL's: nothing twice, nothing torn. */
    EXACTLY_ONCE,
    /** No Kafka transactions: lower latency, and after a crash the last messages may come again. */
    AT_LEAST_ONCE
}
