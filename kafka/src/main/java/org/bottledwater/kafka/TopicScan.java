package org.bottledwater.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a topic from its beginning to a fixed end, partition by partition in order. One thread at a time. */
public final class TopicScan implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicScan.class);
    private static final Duration POLL = Duration.ofMillis(200);

    /** Longer than Kafka lets a transaction be open by default. */
    private static final Duration PATIENCE = Duration.ofMinutes(20);

    private static final Duration TELL_AFTER = Duration.ofSeconds(10);

    private final GrouplessConsumer consumer;
    private final String topic;
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    /** Takes what is read. The arrays are its own. */
    @FunctionalInterface
    public interface Handler {
        void message(Place place, byte[] key, byte @Nullable [] value, Headers headers);
    }

    /**
     * Where a message is.
     *
     * @param timestampMillis as the record has it
     */
    public record Place(int partition, long offset, long timestampMillis) {
        /**
         * Whether a message of the same key that is here comes after one that is at {@code other}. A key changes its
         * partition only with its bytes (another id of its schema) or with the number of partitions.
         */
        public boolean isAfter(Place other) {
            return partition == other.partition ? offset > other.offset : timestampMillis >= other.timestampMillis;
        }
    }

    private TopicScan(KafkaSettings settings, String topic, Map<String, Object> config) {
        this.topic = topic;
        try {
            this.consumer = new GrouplessConsumer(config);
        } catch (KafkaException e) {
            throw Faults.of("cannot use Kafka at " + settings.bootstrapServers(), e);
        }
    }

    /** What is committed, up to {@code to}: a transaction that is open there is waited for. */
    public static TopicScan committed(KafkaSettings settings, String topic, TopicEnds to) {
        return open(settings, topic, ClientConfig.committedConsumer(settings), Optional.empty(), to);
    }

    /** What lies between, committed or not. */
    public static TopicScan uncommitted(KafkaSettings settings, String topic, TopicEnds from, TopicEnds to) {
        return open(settings, topic, ClientConfig.uncommittedConsumer(settings), Optional.of(from), to);
    }

    private static TopicScan open(
            KafkaSettings settings, String topic, Map<String, Object> config, Optional<TopicEnds> from, TopicEnds to) {
        // What the client buffers is a part of a fixed memory.
        config.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, Integer.toString(8 << 20));
        config.putIfAbsent(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, Integer.toString(2 << 20));
        config.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "5000");
        TopicScan scan = new TopicScan(settings, topic, config);
        to.offsets().forEach((partition, end) -> scan.ends.put(new TopicPartition(topic, partition), end));
        try {
            scan.consumer.assign(scan.ends.keySet());
            scan.consumer.seekToBeginning(scan.ends.keySet());
            from.ifPresent(begin -> scan.ends.forEach((partition, end) ->
                    scan.consumer.seek(partition, begin.offsets().getOrDefault(partition.partition(), 0L))));
            return scan;
        } catch (KafkaException e) {
            scan.close();
            throw Faults.of("cannot read topic " + topic, e);
        }
    }

    /**
     * Hands on every message that has a key.
     *
     * @throws ConnectionException also when it is ended by {@link #stop}
     */
    public void read(Handler handler) {
        long movedAt = System.nanoTime();
        boolean told = false;
        try {
            while (!isAtEnd()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    long end = ends.getOrDefault(new TopicPartition(topic, record.partition()), 0L);
                    if (record.key() != null && record.offset() < end) {
                        handler.message(
                                new Place(record.partition(), record.offset(), record.timestamp()),
                                record.key(),
                                record.value(),
                                record.headers());
                    }
                }
                long now = System.nanoTime();
                if (!records.isEmpty()) {
                    movedAt = now;
                } else if (now - movedAt > PATIENCE.toNanos()) {
                    throw new ConnectionException(
                            "the end of topic " + topic
                                    + " does not come: an open transaction hides it, or a broker is away",
                            new Answers.LateException());
                } else if (!told && now - movedAt > TELL_AFTER.toNanos()) {
                    told = true;
                    LOG.info("waiting for an open Kafka transaction to end: topic={}", topic);
                }
            }
        } catch (WakeupException e) {
            throw new ConnectionException("stopped reading topic " + topic, e);
        } catch (KafkaException e) {
            throw Faults.of("cannot read topic " + topic, e);
        }
    }

    private boolean isAtEnd() {
        List<TopicPartition> done = ends.entrySet().stream()
                .filter(end -> consumer.position(end.getKey()) >= end.getValue())
                .map(Map.Entry::getKey)
                .toList();
        // Those behind it are of no use, and would take the room of the others.
        consumer.pause(done);
        return done.size() == ends.size();
    }

    /** Ends {@link #read} soon. Any thread. */
    public void stop() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        try {
            consumer.close();
        } catch (KafkaException e) {
            LOG.debug("closing the reader of topic {}", topic, e);
        }
    }
}
