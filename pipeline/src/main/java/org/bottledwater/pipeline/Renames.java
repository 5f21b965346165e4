package org.bottledwater.pipeline;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Table;

/**
 * Under which names the messages of tables go. A table that was renamed keeps the name of before, and so its topic, as long
 * as no other table has that name or needs that topic ({@link OnRename#KEEP}).
 */
public final class Renames {
    private final Settings settings;
    private final Map<Integer, TableProgress> progress = new HashMap<>();
    private final Map<Integer, TableName> roots = new HashMap<>();

    /** The names and topics that tables have by themselves. */
    private final Set<TableName> names = new HashSet<>();

    private final Map<String, Integer> topics = new HashMap<>();

    private Renames(Settings settings, Collection<TableProgress> known, List<Table> tables) {
        this.settings = settings;
        for (TableProgress table : known) {
            progress.put(table.oid(), table);
            if (table.rootOid() != 0) {
                table.root().ifPresent(root -> roots.put(table.rootOid(), root));
            }
        }
        for (Table table : tables) {
            names.add(table.name());
            table.root().ifPresent(names::add);
            topics.put(topic(table.root().orElse(table.name())), owner(table));
        }
    }

    /**
     * The tables with the names under which their messages go.
     *
     * @param known what the checkpoint says of captured tables
     */
    public static List<Table> resolve(Settings settings, Collection<TableProgress> known, List<Table> tables) {
        if (settings.onRename() == OnRename.COPY || known.isEmpty()) {
            return tables;
        }
        Renames renames = new Renames(settings, known, tables);
        return tables.stream().map(renames::resolve).toList();
    }

    private Table resolve(Table table) {
        TableProgress before = progress.get(table.oid());
        Optional<TableName> root = table.root().map(now -> rootOf(table, now));
        if (before == null || before.root().isPresent() != root.isPresent()) {
            return table.knownAs(table.name(), root);
        }
        boolean sameRoot = before.rootOid() == 0 || before.rootOid() == table.rootOid();
        return table.knownAs(sameRoot && isFree(before.table(), table) ? before.table() : table.name(), root);
    }

    private TableName rootOf(Table table, TableName now) {
        TableName before = roots.getOrDefault(table.rootOid(), now);
        return isFree(before, table) ? before : now;
    }

    private boolean isFree(TableName name, Table table) {
        int owner = topics.getOrDefault(topic(name), owner(table));
        return !names.contains(name) && owner == owner(table);
    }

    private String topic(TableName name) {
        return TopicNames.topic(settings, name);
    }

    /** What has the topic: a table, or the partitioned table that it is a part of. */
    private static int owner(Table table) {
        return table.rootOid() == 0 ? table.oid() : table.rootOid();
    }
}
