package org.bottledwater.connect;

/** How a task gets on. Positions are log positions as PostgreSQL writes them. */
public interface TaskMetricsMBean {
    /** starting, copying, streaming, waiting or stopped. */
    String getPhase();

    /** What it waits for, if it does. */
    String getReason();

    /** Everything before it is in Kafka. */
    String getSafeLsn();

    /** How much of the log is written and not in Kafka. */
    long getLagBytes();

    /** For how long there may have been changes that are not in Kafka. */
    double getLagSeconds();

    /** How much of its log the server keeps for the slot. */
    long getRetainedWalBytes();

    /** Messages that the worker has not taken yet. */
    long getQueueBytes();

    /** Messages so far, over all tables. */
    long getMessages();

    /** How many tables there are of which something was sent, or is to be, since the task began. */
    int getTables();

    /** How many of these are still to be copied. */
    int getTablesToCopy();

    /** When the last transaction that was sent was committed in PostgreSQL, in milliseconds since 1970; 0 if there was none. */
    long getLastCommitMillis();

    /** Messages that could not be delivered and were dropped. */
    long getDropped();

    /** How often a server was away. */
    long getOutages();
}
