package org.bottledwater.pipeline.audit;

import java.util.List;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.Table;

/**
 * What has a topic of its own: a table, or a partitioned table with its partitions.
 *
 * @param name the table's, or the partitioned table's
 */
record Unit(TableName name, String topic, List<Table> parts) {
    Unit {
        parts = List.copyOf(parts);
    }

    boolean isKeyed() {
        return parts.stream().allMatch(Table::keyed);
    }

    long estimatedRows() {
        return parts.stream().mapToLong(Table::rows).sum();
    }
}
