package org.bottledwater.connect;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.Share;
import org.bottledwater.pipeline.TableFilter;

/**
 * Divides the tables over tasks: each has its own slot, and with it its own publications and position. A table's task
 * follows from its group, from its place in a {@link Placement}, or else from its name alone. Or it divides nothing but the first
 * copy: then one task has slot and tables, and the others help it.
 */
final class Division {
    /** What a task is told beside the connector's settings. */
    private static final String INDEX = "task.index";

    private static final String COUNT = "task.count";
    private static final String PLACEMENT = "task.placement";

    private final int index;
    private final List<TableFilter> groups;
    private final Placement placement;
    private final Share share;

    private Division(int index, List<TableFilter> groups, Placement placement, Share share) {
        this.share = share;
        this.index = index;
        this.groups = groups;
        this.placement = placement;
    }

    /**
     * What each task is given.
     *
     * @param placement where not everything goes by name
     */
    static List<Map<String, String>> tasks(Map<String, String> connector, int count, Optional<Placement> placement) {
        return IntStream.range(0, count)
                .mapToObj(index -> {
                    Map<String, String> task = new HashMap<>(connector);
                    task.put(INDEX, Integer.toString(index));
                    task.put(COUNT, Integer.toString(count));
                    placement.ifPresentOrElse(made -> task.put(PLACEMENT, made.text()), () -> task.remove(PLACEMENT));
                    return task;
                })
                .toList();
    }

    /** The settings of a connector that had all its tables in one task. */
    static Map<String, String> undivided(Map<String, String> connector) {
        Map<String, String> whole = new HashMap<>(connector);
        whole.put("tasks.max", "1");
        whole.remove(ConnectorOptions.GROUPS);
        whole.remove(ConnectorOptions.DIVISION);
        return whole;
    }

    /**
     * A task's own, or, of a connector's settings, the first task's.
     *
     * @param groups as in {@link ConnectorOptions#GROUPS}
     * @throws WrongOption if there is no task left for what is in no group
     */
    static Division of(Map<String, String> given, String groups) {
        int count = Integer.parseInt(given.getOrDefault(COUNT, given.getOrDefault("tasks.max", "1")));
        List<TableFilter> filters = groups(groups);
        if (!filters.isEmpty() && filters.size() >= count) {
            throw new WrongOption(
                    ConnectorOptions.GROUPS,
                    "no task is left for the tables that are in none of the groups: tasks.max=" + count + " groups="
                            + filters.size() + "; set tasks.max to " + (filters.size() + 1) + " or more");
        }
        int index = Integer.parseInt(given.getOrDefault(INDEX, "0"));
        if (isOfSnapshot(given)) {
            return ofSnapshot(index, count, filters);
        }
        String placed = given.get(PLACEMENT);
        return new Division(
                index,
                filters,
                placed == null ? Placement.byName(count, filters.size()) : Placement.parse(placed),
                Share.ALL);
    }

    private static boolean isOfSnapshot(Map<String, String> given) {
        return ConnectorOptions.BY_SNAPSHOT.equals(given.get(ConnectorOptions.DIVISION));
    }

    /** Each task has every table, and one of them the slot. */
    private static Division ofSnapshot(int index, int count, List<TableFilter> groups) {
        if (!groups.isEmpty()) {
            throw new WrongOption(
                    ConnectorOptions.GROUPS,
                    "with task.division=snapshot every task copies a part of every table: leave the groups out, or use"
                            + " task.division=name");
        }
        return new Division(index, groups, Placement.byName(1, 0), new Share(index, count));
    }

    /** What of the first copy is this task's. */
    Share share() {
        return share;
    }

    static List<TableFilter> groups(String groups) {
        return Arrays.stream(groups.split(";", -1))
                .filter(group -> !group.isBlank())
                .map(TableFilter::parse)
                .toList();
    }

    boolean isWhole() {
        return placement.count() == 1;
    }

    /** A slot's name has room for it. */
    String slot(String connectors) {
        return isWhole() ? connectors : slot(connectors, index);
    }

    /** That of one of several tasks. */
    static String slot(String connectors, int index) {
        return connectors + "_" + (index + 1);
    }

    TableFilter of(TableFilter all) {
        return isWhole()
                ? all
                : all.narrowed(
                        table -> task(table) == index,
                        all + " (task " + (index + 1) + " of " + placement.count() + ")");
    }

    private int task(TableName table) {
        Optional<TableFilter> group =
                groups.stream().filter(each -> each.captures(table)).findFirst();
        return group.map(groups::indexOf).orElseGet(() -> placement.task(table));
    }
}
