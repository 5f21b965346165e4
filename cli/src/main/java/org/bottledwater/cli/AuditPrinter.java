package org.bottledwater.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bottledwater.change.Lsn;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.Difference;
import org.bottledwater.pipeline.audit.TableAudit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says how an audit gets on, in the log, and what it found, on standard output. */
final class AuditPrinter implements AuditListener {
    private static final Logger log = LoggerFactory.getLogger(AuditPrinter.class);
    private static final long RARELY_NANOS = 5_000_000_000L;

    private final PrintStream out;
    private long waitingToldAt = System.nanoTime();
    private long progressToldAt = System.nanoTime();

    AuditPrinter(PrintStream out) {
        this.out = out;
    }

    @Override
    public void waiting(long lsn, long copied) {
        if (System.nanoTime() - waitingToldAt > RARELY_NANOS) {
            waitingToldAt = System.nanoTime();
            log.info(
                    "audit: the running instance has copied up to {} and is waited for to reach {}",
                    Lsn.toString(copied),
                    Lsn.toString(lsn));
        }
    }

    @Override
    public void look(int look, int tables, long estimatedRows, long lsn) {
        if (look == 1) {
            log.info("audit: {} tables at {}, about {} rows", tables, Lsn.toString(lsn), grouped(estimatedRows));
        } else {
            log.info("audit: {} tables are looked at again at {}", tables, Lsn.toString(lsn));
        }
    }

    @Override
    public void progress(long rows, long messages) {
        if (System.nanoTime() - progressToldAt > RARELY_NANOS) {
            progressToldAt = System.nanoTime();
            log.info("audit: {} rows and {} messages read", grouped(rows), grouped(messages));
        }
    }

    @Override
    public void finished(TableAudit table) {
        out.println(table.table() + ": " + verdict(table));
        for (Difference difference : table.differences()) {
            String columns = difference.columns().isEmpty() ? "" : ": " + String.join(", ", difference.columns());
            out.println("    " + difference.kind().name().toLowerCase(Locale.ROOT) + " " + difference.key() + columns);
        }
        if (table.missing() + table.extra() + table.different()
                > table.differences().size()) {
            out.println("    … and more");
        }
    }

    private static String verdict(TableAudit table) {
        String remark = table.remark().isEmpty() ? "" : " (" + table.remark() + ")";
        return switch (table.verdict()) {
            case NOT_AUDITED -> "not audited" + remark;
            case UNSETTLED -> "not known" + remark;
            case SAME -> "same, " + counts(table) + remark;
            case DIFFERENT -> "DIFFERENT, " + counts(table) + remark;
        };
    }

    private static String counts(TableAudit table) {
        List<String> words = new ArrayList<>(List.of("rows=" + table.rows()));
        if (table.missing() + table.extra() + table.different() > 0) {
            words.add("missing=" + table.missing());
            words.add("extra=" + table.extra());
            words.add("different=" + table.different());
        }
        if (table.repaired() > 0) {
            words.add("repaired=" + table.repaired());
        }
        return String.join(" ", words);
    }

    /** The last line. */
    void summary(AuditReport report) {
        double seconds = Math.max(0.001, report.took().toMillis() / 1000.0);
        out.printf(
                Locale.ROOT,
                "%s at %s: tables=%d rows=%d messages=%d seconds=%.1f rowsPerSecond=%.0f%n",
                report.isClean() ? "the copy is true" : "the copy is NOT proven",
                Lsn.toString(report.lsn()),
                report.tables().size(),
                report.rows(),
                report.messages(),
                seconds,
                report.rows() / seconds);
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
