package org.bottledwater.connect;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.kafka.Topic;
import org.bottledwater.kafka.TopicEnds;
import org.bottledwater.kafka.TopicLookup;

/**
 * Topics as a task sees them: it may not look. The worker makes what is missing, if the connector's
 * {@code topic.creation.*} settings let it.
 */
final class ConnectTopics implements TopicLookup {
    /** Whether it has rows that are to be cleared is not known. */
    @Override
    public Topic find(String name) {
        return Topic.missing(name);
    }

    @Override
    public Map<String, Topic> ensureAll(Map<String, Boolean> keyed) {
        return keyed.keySet().stream()
                .collect(
                        Collectors.toMap(name -> name, name -> new Topic(name, Integer.MAX_VALUE, false, false, true)));
    }

    @Override
    public Map<String, TopicEnds> ends(Set<String> names) {
        return Map.of();
    }
}
