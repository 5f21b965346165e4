package org.bottledwater.postgres;

import java.util.List;
import java.util.Optional;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;

/** What the catalog holds of one table at the moment; the columns without the dropped and the generated ones. */
record Shape(int oid, TableName name, ReplicaIdentity identity, String comment, List<Attribute> columns) {

    /** A row of {@code pg_attribute}; {@code declaredType} is by {@code format_type}. */
    record Attribute(String name, int typeOid, int typeModifier, String declaredType, int dimensions, String comment) {}

    Optional<Attribute> column(String name) {
        return columns.stream().filter(column -> column.name().equals(name)).findFirst();
    }
}
