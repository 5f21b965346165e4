package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.change.Relation;
import org.bottledwater.kafka.CapturedAs;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Table;

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
    private final List<CheckpointEntry> admitted = new ArrayList<>();

    /** @param insertsPublished whether pgoutput brings the inserts of every table from its first row on */
    NewTables(
            Settings settings,
            Plugin plugin,
            boolean insertsPublished,
            Catalog catalog,
            TopicLookup topics,
            Captures captures) {
        this.settings = settings;
        this.plugin = plugin;
        this.insertsPublished = insertsPublished;
        this.catalog = catalog;
        this.topics = topics;
        this.captures = captures;
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
        admitted.add(
                TableProgress.notCopied(settings.slot(), table.knownAs(), table.root(), table.oid(), table.fileNode())
                        .as(capturedAs, table.rootOid()));
        return tables.find(relation);
    }

    /** A table that was unlogged, or filled by a rewrite, has rows that no change in the WAL tells of. */
    private static boolean isWhole(Table table) {
        return table.fileNode() == table.oid();
    }

    private boolean hasTopicOfItsOwn(Table table, KnownTables tables) {
        String topic = TopicNames.topic(settings, table.published());
        return table.root().isEmpty()
                && !tables.hasTopic(settings, topic)
                && topics.colliding(Set.of(topic)).isEmpty();
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
