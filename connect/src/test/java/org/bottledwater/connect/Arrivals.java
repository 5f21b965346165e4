package org.bottledwater.connect;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.bottledwater.sandbox.Waiting;

/** How many messages came to topics of one partition, and when, by the broker's clock. */
final class Arrivals {
    static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration QUIET = Duration.ofMillis(400);

    private final Map<String, Object> config;
    private final List<TopicPartition> partitions;
    private long rows;
    private long first = Long.MAX_VALUE;
    private long last;

    Arrivals(String broker, List<String> topics) {
        config = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                "false");
        partitions = topics.stream().map(topic -> new TopicPartition(topic, 0)).toList();
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Waits, without reading, until there are so many and for a while no more come. The marks of transactions count as well: it may be
     * too early.
     */
    void awaitQuiet(long wanted) {
        AtomicLong before = new AtomicLong(-1);
        AtomicLong since = new AtomicLong();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            Waiting.until(wanted + " rows are there", PATIENCE, () -> {
                Set<String> topics = consumer.listTopics().keySet();
                if (!partitions.stream().map(TopicPartition::topic).allMatch(topics::contains)) {
                    return false;
                }
                long ends = consumer.endOffsets(partitions).values().stream()
                        .mapToLong(end -> end)
                        .sum();
                if (before.getAndSet(ends) != ends) {
                    since.set(System.nanoTime());
                }
                return ends >= wanted && System.nanoTime() - since.get() >= QUIET.toNanos();
            });
        }
    }

    /** Reads them. */
    void count() {
        rows = 0;
        first = Long.MAX_VALUE;
        last = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(Duration.ofMillis(100))) {
                    rows++;
                    first = Math.min(first, entry.timestamp());
                    last = Math.max(last, entry.timestamp());
                }
            }
        }
    }

    long rows() {
        return rows;
    }

    /** In milliseconds since 1970. */
    long last() {
        return last;
    }

    double seconds() {
        return (last - first) / 1000.0;
    }
}
