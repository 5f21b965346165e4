package org.bottledwater.kafka;

import java.util.Map;

/**
 * Where Kafka is and what the user wants of it.
 *
 * @param bootstrapServers {@code host:port}, several with commas
 * @param clientConfig any setting of Kafka's producer, admin client or consumer; it goes over our defaults
 * @param topicConfig settings of the topics that are created
 * @param partitions of the topics that are created; {@link #BROKER_DEFAULT} leaves it to the broker
 * @param replicationFactor of the topics that are created; {@link #BROKER_DEFAULT} leaves it to the broker
 * @param createTopics whether a missing topic is created; if not, its messages cannot be delivered
 */
public record KafkaSettings(
        String bootstrapServers,
        Map<String, String> clientConfig,
        Map<String, String> topicConfig,
        int partitions,
        short replicationFactor,
        boolean createTopics) {
    public static final short BROKER_DEFAULT = -1;

    /** @throws org.bottledwater.change.ConfigurationException for a setting that is unknown or would break a promise */
    public KafkaSettings {
        clientConfig = Map.copyOf(clientConfig);
        topicConfig = Map.copyOf(topicConfig);
        ClientConfig.check(clientConfig);
    }

    public static KafkaSettings of(String bootstrapServers) {
        return new KafkaSettings(bootstrapServers, Map.of(), Map.of(), BROKER_DEFAULT, BROKER_DEFAULT, true);
    }

    /** Without the values of {@link #clientConfig}: some are passwords. */
    @Override
    public String toString() {
        return "bootstrapServers=" + bootstrapServers + " clientConfig=" + clientConfig.keySet() + " topicConfig="
                + topicConfig + " partitions=" + partitions + " replicationFactor=" + replicationFactor
                + " createTopics=" + createTopics;
    }
}
