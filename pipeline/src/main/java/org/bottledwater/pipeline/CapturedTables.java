package org.bottledwater.pipeline;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.PublishedPart;
import org.bottledwater.postgres.Table;

/** Which tables a run with these settings captures. */
public final class CapturedTables {
    private CapturedTables() {}

    /**
     * As they are now.
     *
     * @throws org.bottledwater.change.ConfigurationException if the user's publication is of no use
     */
    static List<Table> of(Settings settings, Postgres postgres) {
        return of(settings, new Catalog(postgres), new Publications(postgres, settings.slot()));
    }

    /**
     * As they were, by a catalog that sees an older state.
     *
     * @throws org.bottledwater.change.ConfigurationException if the user's publication is of no use
     */
    public static List<Table> of(Settings settings, Catalog catalog, Publications publications) {
        Optional<Map<TableName, PublishedPart>> published =
                settings.publication().map(publications::validate);
        Set<TableName> setAside = ofExtensions(settings, catalog);
        return catalog
                .tables(name -> published.isPresent()
                        && published
                                .get()
                                .getOrDefault(name, PublishedPart.WHOLE)
                                .generated())
                .stream()
                .filter(table -> !setAside.contains(table.name()))
                .filter(table -> settings.tables().captures(table.name(), table.root()))
                .filter(table -> published.isEmpty() || published.get().containsKey(table.name()))
                .map(table -> published
                        .map(parts -> table.only(parts.getOrDefault(table.name(), PublishedPart.WHOLE)))
                        .orElse(table))
                .map(table -> settings.partitioned() == PartitionedTables.LEAF ? table.withoutRoot() : table)
                .toList();
    }

    /** Those that the patterns would capture, and that are left out as no pattern names them. */
    static Set<TableName> ofExtensions(Settings settings, Catalog catalog) {
        return catalog.ofExtensions().stream()
                .filter(settings.tables()::captures)
                .filter(name -> !settings.tables().names(name))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
