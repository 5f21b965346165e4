package org.bottledwater.pipeline;

import org.bottledwater.change.TableName;

/** Which topic and which subject belong to a table. */
public final class TopicNames {
    private TopicNames() {}

    /** {@code [prefix.][schema.]table}, the schema left out for {@code public}. */
    public static String topic(Settings settings, TableName table) {
        return Routes.topicName(settings.topicPrefix(), table);
    }

    public static String keySubject(String topic) {
        return Routes.keySubject(topic);
    }

    public static String valueSubject(String topic) {
        return Routes.valueSubject(topic);
    }
}
