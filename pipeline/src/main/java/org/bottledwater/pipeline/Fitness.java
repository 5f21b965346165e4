package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.change.Column;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.PublicationPlaces;
import org.bottledwater.postgres.Table;

/**
 * Which tables can be captured as they are now. A first start refuses to go without the others ({@link Preflight}); later they
 * are set aside, so that a table that came up or was altered stops no other one, and join when they can be captured.
 *
 * @param fit with the names under which their messages go
 * @param unfit why not, by table
 * @param collides the OIDs of those of them whose topics Kafka does not create beside others
 */
record Fitness(List<Table> fit, Map<Table, String> unfit, Set<Integer> collides) {
    Fitness {
        fit = List.copyOf(fit);
        unfit = new LinkedHashMap<>(unfit);
        collides = Set.copyOf(collides);
    }

    Fitness(List<Table> fit, Map<Table, String> unfit) {
        this(fit, unfit, Set.of());
    }

    /**
     * Judges.
     *
     * @param state what the checkpoint says of captured tables
     */
    static Fitness of(
            Settings settings,
            Plugin plugin,
            Catalog catalog,
            PublicationPlaces places,
            CheckpointState state,
            List<Table> tables) {
        boolean ours = plugin == Plugin.PGOUTPUT && settings.publication().isEmpty();
        Set<Integer> keyless = withoutKeyInList(catalog, tables);
        Map<Integer, String> published = ours ? places.of(Optional.empty()) : Map.of();
        Map<Table, String> unfit = new LinkedHashMap<>();
        List<Table> fit = new ArrayList<>();
        for (Table table : tables) {
            boolean isPublished =
                    !ours || table.ownedByUs() || PublicationPlaces.isOfUpdates(published.get(table.oid()));
            Optional<String> reason = keyless.contains(table.oid())
                    ? Optional.of("the column list of its publication lacks columns of its key: publish them, too")
                    : reason(settings, table, isPublished);
            reason.ifPresentOrElse(why -> unfit.put(table, why), () -> fit.add(table));
        }
        List<Table> named = Renames.resolve(settings, state, fit);
        Map<Table, String> colliding = colliding(settings, state.tables().values(), named);
        unfit.putAll(colliding);
        return new Fitness(
                named.stream().filter(table -> !colliding.containsKey(table)).toList(), unfit);
    }

    /** Without those whose topics Kafka does not create, by the names that the topics have. */
    Fitness without(Map<TableName, TopicCollisions.Words> collisions) {
        if (collisions.isEmpty()) {
            return this;
        }
        Map<Table, String> all = new LinkedHashMap<>(unfit);
        Set<Integer> oids = new HashSet<>();
        for (Table table : fit) {
            TopicCollisions.Words words = collisions.get(table.published());
            if (words != null) {
                all.put(table, words.problem() + "\n  " + words.remedy());
                oids.add(table.oid());
            }
        }
        return new Fitness(fit.stream().filter(table -> !all.containsKey(table)).toList(), all, oids);
    }

    /** A publication of inserts may have such a list: rows would share the rest of the key. */
    private static Set<Integer> withoutKeyInList(Catalog catalog, List<Table> tables) {
        List<Table> listed = tables.stream()
                .filter(table -> table.keyed() && !table.part().columns().isEmpty())
                .toList();
        Map<Integer, List<Column>> keys = listed.isEmpty() ? Map.of() : catalog.keys(listed);
        return listed.stream()
                .filter(table -> keys.getOrDefault(table.oid(), List.of()).stream()
                        .anyMatch(column -> !table.part().columns().contains(column.name())))
                .map(Table::oid)
                .collect(Collectors.toSet());
    }

    private static Optional<String> reason(Settings settings, Table table, boolean published) {
        if (!table.keyed() && !settings.allowUnkeyed()) {
            return Optional.of("it has neither a primary key nor a replica identity index:  ALTER TABLE "
                    + table.name().quoted() + " ADD PRIMARY KEY (...), or send its rows without key: --allow-unkeyed");
        }
        if (!table.readable()) {
            return Optional.of("this role may not read it:  GRANT SELECT ON "
                    + table.name().quoted() + " TO "
                    + TableName.quote(settings.postgres().user()));
        }
        if (!published) {
            return Optional.of("this role does not own it, and may not put it into its publication:"
                    + " grant it the owner's role, or use a publication of your own: --publication");
        }
        return Optional.empty();
    }

    /** Of several tables that would share a topic the one that has it keeps it. */
    private static Map<Table, String> colliding(
            Settings settings, Collection<TableProgress> known, List<Table> tables) {
        Set<Integer> before = known.stream().map(TableProgress::oid).collect(Collectors.toSet());
        Map<Table, String> colliding = new HashMap<>();
        tables.stream()
                .collect(Collectors.groupingBy(table -> TopicNames.topic(settings, table.published())))
                .forEach((topic, sharing) -> {
                    Set<TableName> owners =
                            sharing.stream().map(Table::published).collect(Collectors.toCollection(HashSet::new));
                    boolean ours =
                            settings.transactionsTopic().filter(topic::equals).isPresent();
                    if (owners.size() < 2 && !ours) {
                        return;
                    }
                    Optional<Table> owner = ours
                            ? Optional.empty()
                            : sharing.stream()
                                    .filter(table -> before.contains(table.oid()))
                                    .findFirst()
                                    .or(() -> Optional.of(sharing.get(0)));
                    sharing.stream()
                            .filter(table ->
                                    owner.isEmpty() || !owner.get().published().equals(table.published()))
                            .forEach(table -> colliding.put(
                                    table,
                                    "its topic " + topic + " is that of "
                                            + owner.map(it -> "table " + it.published())
                                                    .orElse("--transactions-topic")
                                            + ": give it another one, --topic-name=" + table.published() + "=NAME"));
                });
        return colliding;
    }

    /** The OIDs of those that are set aside. */
    Set<Integer> setAside() {
        return unfit.keySet().stream().map(Table::oid).collect(Collectors.toSet());
    }
}
