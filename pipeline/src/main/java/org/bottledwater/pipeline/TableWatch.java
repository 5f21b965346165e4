package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.bottledwater.kafka.CapturedAs;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.PublicationPlaces;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Table;

/**
 * Compares the captured tables with what they were when the stream began. A table that was renamed, has another key, was taken
 * out of a publication and put back, attached or detached has no row that would tell until somebody writes to it.
 */
final class TableWatch {
    private final Settings settings;
    private final Plugin plugin;
    private final CheckpointState state;
    private final Set<Integer> existing;
    private final Set<Integer> collides;
    private final Map<Integer, Seen> began = new ConcurrentHashMap<>();
    private Optional<String> last = Optional.empty();

    /** What a table's topic depends on. */
    private record Seen(Table table, CapturedAs capturedAs) {
        boolean isLike(Seen other) {
            return table.name().equals(other.table.name())
                    && table.rootOid() == other.table.rootOid()
                    && table.root().equals(other.table.root())
                    && capturedAs.agreesWith(other.capturedAs);
        }
    }

    /**
     * @param state what the checkpoint said of captured tables
     * @param existing the OIDs of all tables when the captured ones were listed
     * @param fitness of the tables then
     * @param capturedAs how
     */
    TableWatch(
            Settings settings,
            Plugin plugin,
            CheckpointState state,
            Set<Integer> existing,
            Fitness fitness,
            Map<Integer, CapturedAs> capturedAs) {
        this.settings = settings;
        this.plugin = plugin;
        this.state = state;
        this.existing = existing;
        this.collides = fitness.collides();
        fitness.fit()
                .forEach(table -> began.put(
                        table.oid(), new Seen(table, capturedAs.getOrDefault(table.oid(), CapturedAs.UNKNOWN))));
    }

    /** A table that was admitted since. Any thread. */
    void add(Table table, CapturedAs capturedAs) {
        began.put(table.oid(), new Seen(table, capturedAs));
    }

    /**
     * What is different, if it was so when this was last asked, too: a migration makes one change after the other, and each
     * time the tables are listed again the stream goes back to its checkpoint.
     */
    Optional<String> look(Postgres session) {
        Optional<String> now = difference(session);
        boolean same = now.isPresent() && Objects.equals(now, last);
        last = now;
        return same ? now : Optional.empty();
    }

    private Optional<String> difference(Postgres session) {
        Catalog catalog = new Catalog(session);
        Publications publications = new Publications(session, settings.slot());
        PublicationPlaces places = new PublicationPlaces(session, publications);
        List<Table> tables = new ArrayList<>(
                Fitness.of(settings, plugin, catalog, places, state, CapturedTables.of(settings, catalog, publications))
                        .fit());
        Map<Integer, CapturedAs> capturedAs = new Captures(settings, catalog, places, plugin).of(tables);
        boolean newOnesComeByThemselves = plugin == Plugin.TEST_DECODING;
        boolean unkeyedOnesDo = newOnesComeByThemselves
                || (settings.publication().isEmpty() && publications.publishesInsertsOfNewTables());
        List<String> changed = new ArrayList<>();
        Set<Integer> found = new TreeSet<>();
        tables.removeIf(table -> collides.contains(table.oid()));
        for (Table table : tables) {
            found.add(table.oid());
            Seen before = began.get(table.oid());
            boolean isNew = !existing.contains(table.oid());
            if (before == null) {
                boolean comes = isNew && (table.keyed() ? newOnesComeByThemselves : unkeyedOnesDo);
                if (!comes || isFilled(table)) {
                    changed.add("to be captured: " + table.name());
                }
            } else if (!before.isLike(new Seen(table, capturedAs.getOrDefault(table.oid(), CapturedAs.UNKNOWN)))) {
                changed.add("changed: " + table.name());
            }
        }
        began.forEach((oid, seen) -> {
            if (!found.contains(oid) && seen.table().rootOid() != 0) {
                changed.add("no longer captured: " + seen.table().name());
            }
        });
        if (plugin == Plugin.PGOUTPUT && settings.publication().isEmpty() && places.areTampered()) {
            changed.add("all: their publications were altered by another client");
        }
        return changed.isEmpty() ? Optional.empty() : Optional.of("tables " + Names.some(changed));
    }

    /** Whether the topic has, or had, the rows of another table. */
    private boolean isFilled(Table table) {
        return state.tables().containsKey(table.name())
                || state.left().containsKey(table.name())
                || began.values().stream()
                        .anyMatch(seen -> seen.table().knownAs().equals(table.name()));
    }
}
