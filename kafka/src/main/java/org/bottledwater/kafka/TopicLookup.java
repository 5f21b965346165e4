package org.bottledwater.kafka;

import java.util.Map;
import java.util.Set;

/** What is known of topics. Thread-safe. */
public interface TopicLookup {
    /** A topic as it is; it is not made if it is missing. */
    Topic find(String name);

    /**
     * Looks up all these topics and makes what is missing, if it may.
     *
     * @param keyed by topic name, whether its messages have keys: if so it is made a compacted one
     * @throws org.bottledwater.change.ConfigurationException if the broker does not permit it
     */
    Map<String, Topic> ensureAll(Map<String, Boolean> keyed);

    default Topic ensure(String name, boolean keyed) {
        return ensureAll(Map.of(name, keyed)).getOrDefault(name, Topic.missing(name));
    }

    /**
     * How many partitions those of these topics have that have another number than new topics get. None if the broker
     * decides on new topics. A topic that exists is left as it is: with more partitions, a key's later messages would go to another
     * one, and their order would be lost.
     */
    default Map<String, Integer> otherwisePartitioned(Set<String> names) {
        return Map.of();
    }

    /**
     * Which of these topics Kafka would not create, and beside which other: where a metric is named by a topic, {@code .} and
     * {@code _} are the same. Of two that are both missing it is the one that comes first that may be created.
     */
    default Map<String, String> colliding(Set<String> names) {
        return Map.of();
    }

    /**
     * Where these topics end, messages of open transactions included. One that does not exist, or cannot be read back,
     * is left out.
     *
     * @throws org.bottledwater.change.ConnectionException if Kafka does not answer in time
     */
    Map<String, TopicEnds> ends(Set<String> names);
}
