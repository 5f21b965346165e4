package org.bottledwater.cli;

import java.util.Locale;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.PipelineListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log how a run gets on. */
final class Progress implements PipelineListener {
    private static final Logger log = LoggerFactory.getLogger(Progress.class);

    @Override
    public void snapshotStarted(int tables, long estimatedRows) {
        log.info("snapshot: {} {}, about {} rows", tables, tables == 1 ? "table" : "tables", grouped(estimatedRows));
    }

    @Override
    public void tableCopied(TableName table, long rows) {
        log.info("snapshot: {} copied, {} rows", table, grouped(rows));
    }

    @Override
    public void snapshotFinished(long rows) {
        log.info("snapshot: complete, {} rows are in Kafka", grouped(rows));
    }

    @Override
    public void streaming(long lsn) {
        log.info("stream: following the changes from {}", Lsn.toString(lsn));
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
