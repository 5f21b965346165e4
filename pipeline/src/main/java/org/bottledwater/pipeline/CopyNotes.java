package org.bottledwater.pipeline;

import org.bottledwater.change.TableName;

/** Notes in the status which tables are complete, and tells the listener. */
record CopyNotes(RunStatus status, PipelineListener listener) implements PipelineListener {
    @Override
    public void snapshotStarted(int tables, long estimatedRows) {
        listener.snapshotStarted(tables, estimatedRows);
    }

    @Override
    public void tableCopied(TableName table, long rows) {
        status.copied(table);
        listener.tableCopied(table, rows);
    }

    @Override
    public void snapshotFinished(long rows) {
        listener.snapshotFinished(rows);
    }

    @Override
    public void streaming(long lsn) {
        listener.streaming(lsn);
    }
}
