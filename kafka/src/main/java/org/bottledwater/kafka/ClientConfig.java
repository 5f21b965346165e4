package org.bottledwater.kafka;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.bottledwater.change.ConfigurationException;

/** What Kafka's clients are configured with: our defaults, the user's settings over them, and what may not be changed. */
final class ClientConfig {
    private static final Map<String, String> REFUSED = Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, "give the addresses with --broker",
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                    "it is made from the slot's name, so that a second instance is fenced",
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, "choose the encoding with --output-format",
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, "choose the encoding with --output-format",
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, "choose the encoding with --output-format",
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, "choose the encoding with --output-format",
            ConsumerConfig.ISOLATION_LEVEL_CONFIG, "only committed checkpoints may be read");

    /** Settings with only one value that keeps the promises. */
    private static final Map<String, Set<String>> REQUIRED = Map.of(
            ProducerConfig.ACKS_CONFIG, Set.of("all", "-1"),
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, Set.of("true"),
            ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG, Set.of("false"));

    /** Kafka's clients register hundreds of JMX beans each, a tenth of a second of a start; what matters is in our own metrics. */
    private static final Map<String, Object> UNREPORTED =
            Map.of(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");

    private static final int LINGER_MILLIS = 5;

    private static final String FOR_EVER = Integer.toString(Integer.MAX_VALUE);

    /** A user's own class may bring settings that Kafka does not know. */
    private static final Set<String> PLUGINS = Set.of(
            ProducerConfig.INTERCEPTOR_CLASSES_CONFIG,
            ProducerConfig.PARTITIONER_CLASS_CONFIG,
            ProducerConfig.METRIC_REPORTER_CLASSES_CONFIG,
            "config.providers",
            "security.providers",
            "ssl.engine.factory.class",
            "sasl.jaas.config",
            "sasl.login.class",
            "sasl.login.callback.handler.class",
            "sasl.client.callback.handler.class");

    private ClientConfig() {}

    static void check(Map<String, String> user) {
        user.forEach((name, value) -> {
            String reason = REFUSED.get(name);
            if (reason != null) {
                throw new ConfigurationException("Kafka setting not allowed: " + name + "; " + reason);
            }
            Set<String> allowed = REQUIRED.get(name);
            if (allowed != null && !allowed.contains(value)) {
                throw new ConfigurationException("Kafka setting not allowed: " + name + "=" + value + "; only "
                        + String.join(" or ", new TreeSet<>(allowed))
                        + " keeps every message, once and in order; leave the setting out");
            }
        });
        if (PLUGINS.stream().noneMatch(user::containsKey)) {
            for (String name : new TreeSet<>(user.keySet())) {
                if (!isKnown(name)) {
                    throw new ConfigurationException("unknown Kafka setting: name=" + name
                            + "; the names are those of Kafka's Java producer, for instance compression.type");
                }
            }
        }
    }

    private static boolean isKnown(String name) {
        return ProducerConfig.configNames().contains(name)
                || AdminClientConfig.configNames().contains(name)
                || ConsumerConfig.configNames().contains(name);
    }

    /** Whether the user has limited how long a producer waits for Kafka. */
    static boolean isBounded(Map<String, Object> producer) {
        return !FOR_EVER.equals(producer.get(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG))
                || !FOR_EVER.equals(producer.get(ProducerConfig.MAX_BLOCK_MS_CONFIG));
    }

    static Map<String, Object> producer(KafkaSettings settings, String clientId) {
        return producer(settings, clientId, LINGER_MILLIS);
    }

    /** @param lingerMillis how long a message may wait for others if nothing sends it earlier */
    static Map<String, Object> producer(KafkaSettings settings, String clientId, int lingerMillis) {
        Map<String, Object> config = new HashMap<>(UNREPORTED);
        config.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
        config.put(ProducerConfig.LINGER_MS_CONFIG, Integer.toString(lingerMillis));
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(128 << 10));
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Integer.toString(48 << 20));
        // A producer finds its transactions' coordinator at its second try, and sleeps before it; grows with each
        // further try.
        config.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, "20");
        // The topic's own limit shall rule, which MessageSize looks at, and not a second one in the client.
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(64 << 20));
        // An outage is waited out; whoever wants to give up earlier says so with these two.
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, FOR_EVER);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, FOR_EVER);
        config.putAll(known(settings, ProducerConfig.configNames()));
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return config;
    }

    static Map<String, Object> admin(KafkaSettings settings) {
        Map<String, Object> config = new HashMap<>(UNREPORTED);
        config.putAll(known(settings, AdminClientConfig.configNames()));
        config.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        return config;
    }

    static Map<String, Object> committedConsumer(KafkaSettings settings) {
        return consumer(settings, "read_committed");
    }

    static Map<String, Object> uncommittedConsumer(KafkaSettings settings) {
        return consumer(settings, "read_uncommitted");
    }

    private static Map<String, Object> consumer(KafkaSettings settings, String isolationLevel) {
        Map<String, Object> config = new HashMap<>(UNREPORTED);
        // It is there for moments only, or has next to nothing to do.
        config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, "false");
        config.putAll(known(settings, ConsumerConfig.configNames()));
        // Interceptors of the producer's kind do not fit here.
        config.remove(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG);
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolationLevel);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        return config;
    }

    /** Each client warns of settings that are another client's, so it gets its own only, and those of user's classes. */
    private static Map<String, String> known(KafkaSettings settings, Set<String> names) {
        Map<String, String> known = new HashMap<>(settings.clientConfig());
        Set<String> others = new HashSet<>(known.keySet());
        others.removeIf(name -> names.contains(name) || !isKnown(name));
        known.keySet().removeAll(others);
        return known;
    }
}
