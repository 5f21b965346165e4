package org.bottledwater.postgres.wire;

import java.util.List;
import org.bottledwater.change.Relation;

/**
 * A table as the catalog has it.
 *
 * @param relation without the generated columns
 * @param columns the names of all columns that test_decoding prints, in their order: the generated ones are among them
 */
public record CurrentTable(Relation relation, List<String> columns) {
    public CurrentTable {
        columns = List.copyOf(columns);
    }
}
