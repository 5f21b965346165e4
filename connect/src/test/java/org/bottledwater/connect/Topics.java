package org.bottledwater.connect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.bottledwater.sandbox.Waiting;

/** Reads topics from their beginning, as a {@code read_committed} consumer. */
final class Topics {
    private final String broker;

    Topics(String broker) {
        this.broker = broker;
    }

    /** @param headers without those that differ from slot to slot */
    @SuppressWarnings("ArrayRecordComponent")
    record Message(int partition, byte[] key, byte[] value, long timestamp, Map<String, String> headers) {}

    /** What is there now, partition by partition. */
    List<Message> read(String topic) {
        List<Message> messages = new ArrayList<>();
        each(topic, messages::add);
        return messages;
    }

    /** The same, without keeping it. */
    void each(String topic, Consumer<Message> reader) {
        Map<String, Object> config = new HashMap<>();
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            if (!consumer.listTopics().containsKey(topic)) {
                return;
            }
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(found -> new TopicPartition(topic, found.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(Duration.ofMillis(100))) {
                    reader.accept(message(entry));
                }
            }
        }
    }

    private static Message message(ConsumerRecord<byte[], byte[]> entry) {
        Map<String, String> headers = new TreeMap<>();
        for (Header header : entry.headers()) {
            headers.put(header.key(), new String(header.value(), UTF_8));
        }
        return new Message(entry.partition(), entry.key(), entry.value(), entry.timestamp(), headers);
    }

    List<Message> await(String topic, int count) {
        List<Message> found = new ArrayList<>();
        Waiting.until("topic " + topic + " has " + count + " messages", () -> {
            found.clear();
            found.addAll(read(topic));
            return found.size() >= count;
        });
        return found;
    }
}
