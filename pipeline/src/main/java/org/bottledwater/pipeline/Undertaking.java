package org.bottledwater.pipeline;

/** What a {@link Pipeline} tries again and again. */
interface Undertaking extends AutoCloseable {
    /** Returns when it was stopped, when nothing is left to do, or when it is to be begun again. */
    void run() throws InterruptedException;

    /** Whether all that was wanted is in Kafka, and the slot is of no use any more. */
    boolean isOver();

    /** Ends a copy that is under way, or the wait for a stretch. Any thread. */
    void hurry();

    /** Ends a wait for the database's answer, which no interrupt does. Any thread. */
    void abort();

    @Override
    void close();
}
