package org.bottledwater.pipeline.audit;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bottledwater.change.TableName;

/**
 * What an audit found.
 *
 * @param lsn the position of the first state that was compared
 * @param tables in the order of their names
 * @param messages how many were read
 */
public record AuditReport(long lsn, List<TableAudit> tables, long messages, Duration took) {
    public AuditReport {
        tables = List.copyOf(tables);
    }

    /** Whether every table with a key is in Kafka as it is in PostgreSQL. */
    public boolean isClean() {
        return tables.stream()
                .allMatch(table -> table.verdict() == TableAudit.Verdict.SAME
                        || table.verdict() == TableAudit.Verdict.NOT_AUDITED);
    }

    public Optional<TableAudit> table(TableName name) {
        return tables.stream().filter(table -> table.table().equals(name)).findFirst();
    }

    /** How many rows the tables have. */
    public long rows() {
        return tables.stream().mapToLong(TableAudit::rows).sum();
    }
}
