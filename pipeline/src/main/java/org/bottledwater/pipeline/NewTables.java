package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.bottledwater.change.Relation;
import org.bottledwater.kafka.CapturedAs;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;

/**
 * Admits tables that were created while the stream is read, without a copy, if every change of theirs is a change that the
 * stream brings: with test_decoding always, with pgoutput where a table has no key and is followed by its inserts. Others have
 * to be copied, as their updates are published only once they are in the publication.
 */
final class NewTables {
    private final Settings settings;
    private final Plugin plugin;
    private final boolean insertsPublished;
    private final Catalog catalog;
    private final TopicLookup topics;
    private final Captures captures;
    private final BiConsumer<Table, CapturedAs> watch;
    private @Nullable Set<String> taken;
    private final List<CheckpointEntry> admitted = new ArrayList<>();

    /**
     * @param insertsPublished whether pgoutput brings the inserts of every table from its first row on
     * @param watch is told of those that are admitted
     */
    NewTables(
            Settings settings,
            Plugin plugin,
            boolean insertsPublished,
            Catalog catalog,
            TopicLookup topics,
            Captures captures,
            BiConsumer<Table, CapturedAs> watch) {
        this.settings = settings;
        this.plugin = plugin;
        this.insertsPublished = insertsPublished;
        this.catalog = catalog;
        this.topics = topics;
        this.captures = captures;
        this.watch = watch;
    }

    /**
     * Admits a table that was created after the others were listed, and adds it to {@code tables}.
     *
     * @return nothing if it has to be copied
     */
    Optional<KnownTables.Known> admit(Relation relation, KnownTables tables) {
        boolean unkeyed = !relation.isKeyed() && settings.allowUnkeyed() && insertsPublished;
        if (plugin != Plugin.TEST_DECODING && !unkeyed) {
            return Optional.empty();
        }
        Optional<Table> found = catalog.table(relation.oid())
                .map(table -> settings.partitioned() == PartitionedTables.LEAF ? table.withoutRoot() : table)
                .filter(table -> isWhole(table) && hasTopicOfItsOwn(table, tables));
        if (found.isEmpty() || (!found.get().keyed() && !settings.allowUnkeyed())) {
            return Optional.empty();
        }
        Table table = found.get();
        CapturedAs capturedAs = captures.of(List.of(table)).getOrDefault(table.oid(), CapturedAs.UNKNOWN);
        tables.add(table, Captures.key(relation.named(table.published()), settings.types()));
        watch.accept(table, capturedAs);
        admitted.add(
                TableProgress.notCopied(settings.slot(), table.knownAs(), table.root(), table.oid(), table.fileNode())
                        .as(capturedAs, table.rootOid()));
        return tables.find(relation);
    }

    /** A table that was unlogged, or filled by a rewrite, has rows that no change in the WAL tells of. */
    private static boolean isWhole(Table table) {
        return table.fileNode() == table.oid();
    }

    /** Asked once for each table that is created: many may be. */
    private boolean hasTopicOfItsOwn(Table table, KnownTables tables) {
        Set<String> names = taken == null ? tables.topics(settings) : taken;
        taken = names;
        String topic = TopicNames.topic(settings, table.published());
        return table.root().isEmpty() && topics.colliding(Set.of(topic)).isEmpty() && names.add(topic);
    }

    /** What is to be written down of those that were admitted since this was asked last. */
    List<CheckpointEntry> admitted() {
        if (admitted.isEmpty()) {
            return List.of();
        }
        List<CheckpointEntry> entries = List.copyOf(admitted);
        admitted.clear();
        return entries;
    }
}
