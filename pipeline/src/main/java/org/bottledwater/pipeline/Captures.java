package org.bottledwater.pipeline;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.change.Column;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CapturedAs;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.PublicationPlaces;
import org.bottledwater.postgres.Table;

/** Asks the server how tables are captured now: what their message keys are, and where they stand in the publication. */
final class Captures {
    private final Settings settings;
    private final Catalog catalog;
    private final PublicationPlaces places;
    private final Plugin plugin;

    Captures(Settings settings, Catalog catalog, PublicationPlaces places, Plugin plugin) {
        this.settings = settings;
        this.catalog = catalog;
        this.places = places;
        this.plugin = plugin;
    }

    /** By OID; every table has an entry. */
    Map<Integer, CapturedAs> of(Collection<Table> tables) {
        Map<Integer, String> published = plugin == Plugin.PGOUTPUT ? places.of(settings.publication()) : Map.of();
        Map<Integer, List<Column>> keys =
                catalog.keys(tables.stream().filter(Table::keyed).toList());
        Map<Integer, CapturedAs> captures = new HashMap<>();
        for (Table table : tables) {
            captures.put(
                    table.oid(),
                    new CapturedAs(
                            key(table.published(), keys.getOrDefault(table.oid(), List.of()), settings.types()),
                            published.getOrDefault(table.oid(), "")));
        }
        return captures;
    }

    /** The key of the messages of a relation, as in {@link CapturedAs}. */
    static String key(Relation relation, TypeOptions types) {
        List<Column> columns = relation.keyColumns().stream()
                .map(position -> relation.columns().get(position))
                .toList();
        return key(relation.name(), columns, types);
    }

    private static String key(TableName name, List<Column> columns, TypeOptions types) {
        if (columns.isEmpty()) {
            return CapturedAs.NO_KEY;
        }
        try {
            Relation key = new Relation(
                    0,
                    name,
                    ReplicaIdentity.DEFAULT,
                    columns,
                    IntStream.range(0, columns.size()).boxed().toList(),
                    "");
            return RowSchema.of(key, types).keySummary();
        } catch (ConfigurationException e) {
            // Two columns have one name in Avro: encoding the rows fails with an error that says so.
            return "";
        }
    }
}
