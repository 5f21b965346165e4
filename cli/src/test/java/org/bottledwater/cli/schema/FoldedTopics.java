package org.bottledwater.cli.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** All topics of a run as a {@code read_committed} consumer sees them: the last value at each key, by the key's bytes. */
final class FoldedTopics implements AutoCloseable {
    private static final String UNKNOWN = "pg.unknown";

    private final String prefix;
    private final Set<String> more;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, Map<ByteBuffer, Row>> topics = new HashMap<>();
    private Set<TopicPartition> assigned = Set.of();
    private long messages;

    /** What is at a key. */
    static final class Row {
        final byte[] key;
        final byte[] value;
        /** Columns that are null since nobody could tell what they were. */
        final Set<String> unknown;

        Row(byte[] key, byte[] value, Set<String> unknown) {
            this.key = key;
            this.value = value;
            this.unknown = unknown;
        }
    }

    /** @param more topics besides those that begin with the prefix and a full stop */
    FoldedTopics(String broker, String prefix, Set<String> more) {
        this.prefix = prefix + ".";
        this.more = more;
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        broker,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed",
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        "false"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /** Reads what is there now. */
    void read() {
        assign();
        Map<TopicPartition, Long> ends = consumer.endOffsets(assigned);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            consumer.poll(Duration.ofMillis(50)).forEach(this::fold);
        }
    }

    private void assign() {
        Set<TopicPartition> wanted = consumer.listTopics().entrySet().stream()
                .filter(topic -> topic.getKey().startsWith(prefix) || more.contains(topic.getKey()))
                .flatMap(topic -> topic.getValue().stream())
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .collect(Collectors.toSet());
        if (!wanted.equals(assigned)) {
            List<TopicPartition> fresh =
                    wanted.stream().filter(one -> !assigned.contains(one)).toList();
            consumer.assign(wanted);
            consumer.seekToBeginning(fresh);
            assigned = wanted;
        }
    }

    private void fold(ConsumerRecord<byte[], byte[]> message) {
        messages++;
        byte[] key = message.key();
        byte[] value = message.value();
        if (key == null) {
            return;
        }
        Map<ByteBuffer, Row> table = topics.computeIfAbsent(message.topic(), topic -> new LinkedHashMap<>());
        if (value == null) {
            table.remove(ByteBuffer.wrap(key));
        } else {
            table.put(ByteBuffer.wrap(key), new Row(key, value, unknown(message)));
        }
    }

    private static Set<String> unknown(ConsumerRecord<byte[], byte[]> message) {
        Header header = message.headers().lastHeader(UNKNOWN);
        return header == null ? Set.of() : Set.of(new String(header.value(), UTF_8).split(",", -1));
    }

    /** Whether any row has columns that are null by promise; {@code audit} reports such rows. */
    boolean haveUnknown() {
        return topics.values().stream()
                .flatMap(table -> table.values().stream())
                .anyMatch(row -> !row.unknown.isEmpty());
    }

    Collection<Row> topic(String name) {
        return topics.getOrDefault(name, Map.of()).values();
    }

    long messages() {
        return messages;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
