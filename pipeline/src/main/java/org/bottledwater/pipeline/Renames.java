package org.bottledwater.pipeline;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Table;

/**
 * Under which names the messages of tables go. A table that was renamed keeps the name of before, and so its topic
 * ({@link OnRename#KEEP}), but not if it took over the name of another captured table, or another one took over its name.
 */
public final class Renames {
    private final Settings settings;
    private final Map<Integer, TableProgress> progress = new HashMap<>();
    private final Map<Integer, TableName> roots = new HashMap<>();

    /** The names and topics that tables have by themselves. */
    private final Set<TableName> names = new HashSet<>();

    /** By name, which table's rows are, or were, in the topic of that name. */
    private final Map<TableName, Integer> filled = new HashMap<>();

    private final Map<String, Integer> topics = new HashMap<>();

    private Renames(Settings settings, CheckpointState state, List<Table> tables) {
        this.settings = settings;
        state.allTables().forEach(table -> {
            filled.put(table.table(), table.oid());
            table.root().ifPresent(root -> filled.put(root, table.rootOid()));
        });
        for (TableProgress table : state.tables().values()) {
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
     * @param state what the checkpoint says of them
     */
    public static List<Table> resolve(Settings settings, CheckpointState state, List<Table> tables) {
        if (settings.onRename() == OnRename.COPY || state.tables().isEmpty()) {
            return tables;
        }
        Renames renames = new Renames(settings, state, tables);
        return tables.stream().map(renames::resolve).toList();
    }

    private Table resolve(Table table) {
        TableProgress before = progress.get(table.oid());
        Optional<TableName> root = table.root().map(now -> rootOf(table, now));
        if (before == null || before.root().isPresent() != root.isPresent()) {
            return table.knownAs(table.name(), root);
        }
        boolean sameRoot = before.rootOid() == 0 || before.rootOid() == table.rootOid();
        boolean stays = sameRoot && isFree(before.table(), table) && !isFilled(table.name(), table.oid());
        return table.knownAs(stays ? before.table() : table.name(), root);
    }

    private TableName rootOf(Table table, TableName now) {
        TableName before = roots.getOrDefault(table.rootOid(), now);
        return isFree(before, table) && !isFilled(now, table.rootOid()) ? before : now;
    }

    /** The topic of a name that another table had before has its rows, and the name is now that of this one. */
    private boolean isFilled(TableName name, int oid) {
        return filled.getOrDefault(name, oid) != oid;
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
