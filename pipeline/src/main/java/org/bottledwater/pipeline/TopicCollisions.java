package org.bottledwater.pipeline;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.postgres.Table;

/** Tables whose topics Kafka does not create beside others, which may be those of other tables. */
final class TopicCollisions {
    private static final Comparator<TableName> BY_NAME = Comparator.comparing(TableName::toString);

    private TopicCollisions() {}

    /** What is to be said of a table. */
    record Words(String problem, String remedy) {}

    /** By the name whose topic it is. */
    static Map<TableName, Words> of(Settings settings, TopicLookup topics, List<Table> tables) {
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
