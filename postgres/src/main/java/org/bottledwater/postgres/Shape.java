package org.bottledwater.postgres;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;

/** What the catalog holds of one table at the moment; the columns without the dropped ones. */
record Shape(int oid, TableName name, ReplicaIdentity identity, String comment, List<Attribute> columns) {

    /**
     * A row of {@code pg_attribute}; {@code declaredType} is by {@code format_type}.
     *
     * @param generation {@code attgenerated}: empty, {@code s} for stored, {@code v} for virtual
     */
    record Attribute(
            String name,
            int typeOid,
            int typeModifier,
            String declaredType,
            int dimensions,
            String comment,
            String generation) {
        boolean generated() {
            return !generation.isEmpty();
        }

        boolean stored() {
            return generation.equals("s");
        }
    }

    Optional<Attribute> column(String name) {
        return columns.stream().filter(column -> column.name().equals(name)).findFirst();
    }

    List<String> columnNames() {
        return columns.stream().map(Attribute::name).toList();
    }

    Set<String> generatedColumns() {
        return columns.stream()
                .filter(Attribute::generated)
                .map(Attribute::name)
                .collect(Collectors.toUnmodifiableSet());
    }
}
