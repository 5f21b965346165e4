package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a large topic as a {@code read_committed} consumer, and remembers of its JSON messages no more than the column
 * {@code id}, a small number that comes first in each, and what came twice.
 */
final class IdReader implements AutoCloseable {
    private final String topic;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private boolean assigned;

    /** How many messages there are of each {@code pg.op}. */
    final Map<String, Integer> operations = new TreeMap<>();

    /** The rows that are there: a null value takes one away. */
    final BitSet ids = new BitSet();

    /** Rows that came by a copy, or as an insert, when they had come like that before. */
    final BitSet doubled = new BitSet();

    private final BitSet begun = new BitSet();

    IdReader(String topic) {
        this.topic = topic;
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, TestBed.kafka().bootstrapServers(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /** How many offsets a reader could read, without reading them. */
    long end() {
        return isAssigned()
                ? consumer.endOffsets(consumer.assignment()).values().stream()
                        .mapToLong(end -> end)
                        .sum()
                : 0;
    }

    private boolean isAssigned() {
        if (!assigned && consumer.listTopics().containsKey(topic)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(p -> new TopicPartition(topic, p.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            assigned = true;
        }
        return assigned;
    }

    /** Reads what has come. */
    IdReader read() {
        if (isAssigned()) {
            Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(consumer.assignment()));
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(this::take);
            }
        }
        return this;
    }

    int count(String operation) {
        return operations.getOrDefault(operation, 0);
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader("pg.op");
        String operation = header == null ? "" : new String(header.value(), UTF_8);
        operations.merge(operation, 1, Integer::sum);
        int id = id(record.key() == null ? record.value() : record.key());
        ids.set(id, record.value() != null);
        if (record.value() != null && (operation.equals("snapshot") || operation.equals("insert"))) {
            doubled.set(id, doubled.get(id) || begun.get(id));
            begun.set(id);
        }
    }

    private static int id(byte[] json) {
        int position = 0;
        while (json[position] < '0' || json[position] > '9') {
            position++;
        }
        int id = 0;
        while (json[position] >= '0' && json[position] <= '9') {
            id = id * 10 + json[position++] - '0';
        }
        return id;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
