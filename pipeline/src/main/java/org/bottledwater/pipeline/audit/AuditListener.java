package org.bottledwater.pipeline.audit;

/** Is told how an audit gets on; calls come from the audit's own thread. */
public interface AuditListener {
    /** The tables are taken as they are at {@code lsn}; the pipeline, at {@code copied}, has to come there first. */
    default void waiting(long lsn, long copied) {}

    /** The look number {@code look} at {@code tables} tables begins. */
    default void look(int look, int tables, long estimatedRows, long lsn) {}

    /** About every two seconds: how many rows and messages were read so far. */
    default void progress(long rows, long messages) {}

    default void finished(TableAudit table) {}
}
