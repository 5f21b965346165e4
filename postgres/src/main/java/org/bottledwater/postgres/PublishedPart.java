package org.bottledwater.postgres;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bottledwater.change.Relation;

/**
 * What of a table a publication has (manual, "Row Filters" and "Column Lists", from PostgreSQL 15 on).
 *
 * @param columns their names; empty for all of them
 * @param filter an SQL condition on the table's columns; empty for all rows
 * @param generated whether stored generated columns are among the columns (from PostgreSQL 18 on)
 */
public record PublishedPart(Set<String> columns, String filter, boolean generated) {
    public static final PublishedPart WHOLE = new PublishedPart(Set.of(), "", false);

    public PublishedPart {
        columns = Set.copyOf(columns);
    }

    /** The table as the stream tells of it. */
    public Relation of(Relation relation) {
        if (columns.isEmpty()) {
            return relation;
        }
        List<Integer> kept = IntStream.range(0, relation.columns().size())
                .filter(i -> columns.contains(relation.columns().get(i).name()))
                .boxed()
                .toList();
        return new Relation(
                relation.oid(),
                relation.name(),
                relation.identity(),
                kept.stream().map(relation.columns()::get).toList(),
                IntStream.range(0, kept.size())
                        .filter(i -> relation.keyColumns().contains(kept.get(i)))
                        .boxed()
                        .toList(),
                relation.comment());
    }
}
