package org.bottledwater.postgres.wire;

import java.util.List;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.jspecify.annotations.Nullable;

/**
 * Completes what the log says of a table by what only the catalog knows: the meaning of type OIDs and type names, the
 * key, comments. It is asked when a relation is new or may have changed, never per row.
 *
 * <p>Names and order of the columns are those of the log: the relation that comes back has the same ones, but for the
 * generated columns that test_decoding prints.
 */
public interface RelationResolver {
    /** A relation as pgoutput describes it. */
    Relation resolve(int oid, TableName name, ReplicaIdentity identity, List<WireColumn> columns);

    /**
     * A relation as a row of test_decoding describes it. The one that comes back lacks those of {@code columns} that are
     * generated, as snapshots and pgoutput do.
     */
    Relation resolve(TableName name, List<NamedColumn> columns);

    /**
     * The table as the catalog has it now, for a message of test_decoding that lists only key columns, or none.
     *
     * @return null if there is no such table any more
     */
    @Nullable
    CurrentTable current(TableName name);
}
