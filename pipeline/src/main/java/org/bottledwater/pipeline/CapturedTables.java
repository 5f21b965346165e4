package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Table;

/** Which tables a run with these settings captures, as they are now. */
final class CapturedTables {
    private CapturedTables() {}

    /** @throws org.bottledwater.change.ConfigurationException if the user's publication is of no use */
    static List<Table> of(Settings settings, Postgres postgres) {
        Optional<Set<TableName>> published = settings.publication()
                .map(name -> Set.copyOf(new Publications(postgres, settings.slot()).validate(name)));
        return new Catalog(postgres)
                .tables().stream()
                        .filter(table -> settings.tables().captures(table.name(), table.root()))
                        .filter(table -> published.isEmpty() || published.get().contains(table.name()))
                        .map(table -> settings.partitioned() == PartitionedTables.LEAF ? table.withoutRoot() : table)
                        .toList();
    }
}
