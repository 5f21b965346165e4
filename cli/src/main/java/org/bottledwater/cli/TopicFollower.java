package org.bottledwater.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.bottledwater.change.ConnectionException;

/**
 * Reads topics without a consumer group, so that it leaves nothing on the broker. Topics and partitions that appear later
 * are read from their beginning. Used by one thread, except {@link #wakeUp}.
 */
final class TopicFollower implements AutoCloseable {
    private static final Duration ANSWER = Duration.ofSeconds(15);
    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final String OUR_CHECKPOINTS = "bottledwater-checkpoints";

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String broker;
    private final Set<String> wanted;
    private final boolean fromBeginning;
    private final Set<TopicPartition> assigned = new HashSet<>();
    private final CountDownLatch awake = new CountDownLatch(1);
    private boolean first = true;
    private long lookedAt;

    /** @param wanted the topics, or empty for all that are not internal */
    TopicFollower(KafkaOptions kafka, Set<String> wanted, boolean fromBeginning, boolean uncommitted) {
        this.broker = kafka.broker;
        this.wanted = Set.copyOf(wanted);
        this.fromBeginning = fromBeginning;
        Map<String, Object> settings = new HashMap<>();
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, uncommitted ? "read_uncommitted" : "read_committed");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.putAll(kafka.kafkaConfig);
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        this.consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** What has come, which may be nothing; returns after {@code patience} at the latest, and at once after {@link #wakeUp}. */
    ConsumerRecords<byte[], byte[]> poll(Duration patience) {
        try {
            if (first || System.nanoTime() - lookedAt > LOOK_NANOS) {
                look();
            }
            return assigned.isEmpty() ? nothing(patience) : consumer.poll(patience);
        } catch (WakeupException e) {
            return ConsumerRecords.empty();
        } catch (TimeoutException e) {
            throw new ConnectionException(
                    "cannot reach Kafka: broker=" + broker + "\n  is it running, and is --broker right?", e);
        }
    }

    /** The consumer refuses to poll without a partition. */
    private ConsumerRecords<byte[], byte[]> nothing(Duration patience) {
        try {
            awake.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ConsumerRecords.empty();
    }

    private void look() {
        List<TopicPartition> added = new ArrayList<>();
        for (Map.Entry<String, List<PartitionInfo>> topic :
                consumer.listTopics(ANSWER).entrySet()) {
            if (!isWanted(topic.getKey())) {
                continue;
            }
            for (PartitionInfo partition : topic.getValue()) {
                TopicPartition name = new TopicPartition(partition.topic(), partition.partition());
                if (assigned.add(name)) {
                    added.add(name);
                }
            }
        }
        if (!added.isEmpty()) {
            // Positions of the partitions that were there are kept.
            consumer.assign(assigned);
            if (first && !fromBeginning) {
                consumer.seekToEnd(added);
                // Asked for now: otherwise what comes between this line and the first answer would be missed.
                added.forEach(consumer::position);
            } else {
                consumer.seekToBeginning(added);
            }
        }
        first = false;
        lookedAt = System.nanoTime();
    }

    private boolean isWanted(String topic) {
        return wanted.isEmpty() ? !topic.startsWith("__") && !topic.equals(OUR_CHECKPOINTS) : wanted.contains(topic);
    }

    /** The topics that were asked for and do not exist. */
    Set<String> missing() {
        Set<String> missing = new HashSet<>(wanted);
        assigned.forEach(partition -> missing.remove(partition.topic()));
        return missing;
    }

    /** Ends a {@link #poll} of another thread, for good. */
    void wakeUp() {
        awake.countDown();
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
    }
}
