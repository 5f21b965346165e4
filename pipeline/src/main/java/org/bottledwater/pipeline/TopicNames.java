package org.bottledwater.pipeline;

import org.bottledwater.avro.AvroNames;
import org.bottledwater.change.TableName;

/** Which topic and which subject belong to a table. */
public final class TopicNames {
    private TopicNames() {}

    /** What a rule says, else {@code [prefix.][schema.]table}, the schema left out for {@code public}. */
    public static String topic(Settings settings, TableName table) {
        return settings.topicNames().topic(table).orElseGet(() -> usual(settings.topicPrefix(), table));
    }

    private static String usual(String prefix, TableName name) {
        String table = name.schema().equals("public")
                ? AvroNames.topic(name.table())
                : AvroNames.topic(name.schema()) + "." + AvroNames.topic(name.table());
        return prefix.isEmpty() ? table : prefix + "." + table;
    }

    public static String keySubject(String topic) {
        return Routes.keySubject(topic);
    }

    public static String valueSubject(String topic) {
        return Routes.valueSubject(topic);
    }
}
