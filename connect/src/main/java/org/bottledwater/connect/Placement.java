package org.bottledwater.connect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;

/**
 * Which task has which table, of those that are in no group. A table that is not in here belongs to a task by its name, so that
 * one that is made later belongs to one without anybody being told.
 *
 * @param count how many tasks there are
 * @param groups how many of these, the first ones, have a group of their own
 * @param tasks the number of a table's task, from 0
 */
record Placement(int count, int groups, Map<TableName, Integer> tasks) {
    /** What a table costs beside its bytes, in bytes: without rows it still is work. */
    private static final long OVERHEAD = 64 << 10;

    /** What is smaller than so many others is divided by name: the list is a part of each task's settings. */
    private static final int LIMIT = 5000;

    Placement {
        tasks = Map.copyOf(tasks);
    }

    /** Nothing is placed, everything goes by name. */
    static Placement byName(int count, int groups) {
        return new Placement(count, groups, Map.of());
    }

    int task(TableName table) {
        Integer placed = tasks.get(table);
        return placed == null ? groups + Math.floorMod(table.toString().hashCode(), count - groups) : placed;
    }

    /** Whether it is one for so many tasks. */
    boolean fits(int tasksNow, int groupsNow) {
        return count == tasksNow && groups == groupsNow;
    }

    /**
     * Places tables so that each task has about as many bytes: the largest first, each where the least is.
     *
     * @param before what was valid until now: a table that has been given to a task stays there, if that has no group
     * @param sizes in bytes, of tables that are in no group
     */
    static Placement bySize(Optional<Placement> before, Map<TableName, Long> sizes, int count, int groups) {
        long[] loads = new long[count];
        Map<TableName, Integer> tasks = new TreeMap<>();
        List<Map.Entry<TableName, Long>> open = new ArrayList<>();
        List<Map.Entry<TableName, Long>> largest = sizes.entrySet().stream()
                .sorted(Map.Entry.<TableName, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(LIMIT)
                .toList();
        for (Map.Entry<TableName, Long> table : largest) {
            int task = before.map(known -> known.task(table.getKey())).orElse(-1);
            if (task >= groups && task < count) {
                tasks.put(table.getKey(), task);
                loads[task] += table.getValue() + OVERHEAD;
            } else {
                open.add(table);
            }
        }
        for (Map.Entry<TableName, Long> table : open) {
            int least = groups;
            for (int task = groups; task < count; task++) {
                if (loads[task] < loads[least]) {
                    least = task;
                }
            }
            tasks.put(table.getKey(), least);
            loads[least] += table.getValue() + OVERHEAD;
        }
        return new Placement(count, groups, tasks);
    }

    /** Letters, digits and a few signs: it fits into a setting and into a comment. */
    String text() {
        StringBuilder text = new StringBuilder().append(count).append(' ').append(groups);
        new TreeMap<>(tasks)
                .forEach((table, task) -> text.append(' ')
                        .append(URLEncoder.encode(table.schema(), UTF_8))
                        .append('/')
                        .append(URLEncoder.encode(table.table(), UTF_8))
                        .append('=')
                        .append(task));
        return text.toString();
    }

    /** @throws ConfigurationException if it is no such text */
    static Placement parse(String text) {
        String[] parts = text.split(" ", -1);
        try {
            int count = Integer.parseInt(parts[0]);
            int groups = Integer.parseInt(parts[1]);
            require(groups >= 0 && groups < count);
            Map<TableName, Integer> tasks = new TreeMap<>();
            for (int i = 2; i < parts.length; i++) {
                String part = parts[i];
                int slash = part.indexOf('/');
                int equals = part.indexOf('=', slash);
                require(slash > 0 && equals > slash);
                int task = Integer.parseInt(part.substring(equals + 1));
                require(task >= groups && task < count);
                tasks.put(
                        new TableName(
                                URLDecoder.decode(part.substring(0, slash), UTF_8),
                                URLDecoder.decode(part.substring(slash + 1, equals), UTF_8)),
                        task);
            }
            return new Placement(count, groups, tasks);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new ConfigurationException(
                    "not a division of tables over tasks: " + text.substring(0, Math.min(text.length(), 200)), e);
        }
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException("not understood");
        }
    }
}
