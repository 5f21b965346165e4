package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.kafka.TopicLookup;

/** Topics that were there already, with another number of partitions than was asked for: an operator has to know. */
final class OtherPartitions {
    static final String REMEDY =
            "if it has to be that number: delete the topics and begin anew, since the order of a key"
                    + " is kept within a partition only; else leave out --partitions";

    private OtherPartitions() {}

    /** What is to be said of them, if there are any. */
    static Optional<String> words(Settings settings, TopicLookup topics, Set<String> names) {
        List<String> others = topics.otherwisePartitioned(names).entrySet().stream()
                .map(topic -> topic.getKey() + " has " + topic.getValue())
                .toList();
        return others.isEmpty()
                ? Optional.empty()
                : Optional.of("topics exist, and stay as they are, with another number of partitions than --partitions="
                        + settings.kafka().partitions() + ": " + Names.some(others));
    }
}
