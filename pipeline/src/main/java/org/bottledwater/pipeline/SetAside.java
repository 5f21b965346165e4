package org.bottledwater.pipeline;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tables that a run passes over, as if no pattern of {@code --tables} fitted them, so that the others can be copied. */
final class SetAside {
    private static final Logger log = LoggerFactory.getLogger(SetAside.class);
    private static final Comparator<TableName> BY_NAME = Comparator.comparing(TableName::toString);

    private SetAside() {}

    /**
     * Settings without them.
     *
     * @param tables those that are captured
     * @param told tables that were named already; those that are named now are added
     */
    static Settings in(
            Settings settings, Catalog catalog, TopicLookup topics, List<Table> tables, Set<TableName> told) {
        Set<TableName> names = new HashSet<>(CapturedTables.ofExtensions(settings, catalog));
        List<TableName> fresh = names.stream().filter(told::add).sorted(BY_NAME).toList();
        if (!fresh.isEmpty()) {
            log.info(
                    "left out, as they belong to extensions (one that --tables names is captured): {}",
                    Names.some(fresh));
        }
        collisions(settings, topics, tables).forEach((table, words) -> {
            names.add(table);
            if (told.add(table)) {
                log.warn("{}\n  {}", words.problem(), words.remedy());
            }
        });
        return names.isEmpty() ? settings : settings.without(names);
    }

    /** What is to be said of a table. */
    record Words(String problem, String remedy) {}

    /** Tables whose topics Kafka does not create beside others, which may be those of other tables. */
    static Map<TableName, Words> collisions(Settings settings, TopicLookup topics, List<Table> tables) {
        Map<String, TableName> owners = new TreeMap<>();
        tables.forEach(table -> owners.putIfAbsent(TopicNames.topic(settings, table.published()), table.published()));
        Map<TableName, Words> collisions = new TreeMap<>(BY_NAME);
        topics.colliding(owners.keySet()).forEach((topic, other) -> {
            TableName table = owners.get(topic);
            if (table != null) {
                collisions.put(
                        table,
                        new Words(
                                "table " + table + " is passed over: Kafka does not create its topic " + topic
                                        + " beside topic " + other
                                        + ", as dots and underscores are the same in the names of metrics",
                                "give its topic another name:  --topic-name='" + table + "=OTHER'"));
            }
        });
        return collisions;
    }
}
