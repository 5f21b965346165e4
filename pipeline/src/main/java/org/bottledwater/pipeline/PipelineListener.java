package org.bottledwater.pipeline;

import org.bottledwater.change.TableName;

/** Is told how a run gets on; calls come from the run's own thread and must return quickly. */
public interface PipelineListener {
    /** A copy of {@code tables} tables begins; {@code estimatedRows} is the server's own estimate. */
    default void snapshotStarted(int tables, long estimatedRows) {}

    default void tableCopied(TableName table, long rows) {}

    /** Every copied row is acknowledged by Kafka. */
    default void snapshotFinished(long rows) {}

    /** The changes after {@code lsn} follow. */
    default void streaming(long lsn) {}
}
