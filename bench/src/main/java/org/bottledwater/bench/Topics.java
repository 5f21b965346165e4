package org.bottledwater.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The topics of one partition each that are measured, as a reader of committed messages sees them. */
final class Topics implements AutoCloseable {
    private final String broker;
    private final Admin admin;

    Topics(String broker) {
        this.broker = broker;
        this.admin = Admin.create(Map.of("bootstrap.servers", broker));
    }

    /** What is in a topic. */
    record Content(long messages, long bytes) {}

    void create(String topic) {
        get(() -> admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty())))
                .all()
                .get());
    }

    void delete(String topic) {
        get(() -> admin.deleteTopics(List.of(topic)).all().get());
    }

    /** Where committed messages end; the marks of transactions count as well. */
    long end(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        return get(() -> admin.listOffsets(
                                Map.of(partition, OffsetSpec.latest()),
                                new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .partitionResult(partition)
                        .get())
                .offset();
    }

    Consumer<byte[], byte[]> consumer(String topic) {
        Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers", broker,
                        "isolation.level", "read_committed",
                        "enable.auto.commit", "false",
                        "fetch.max.bytes", "67108864",
                        "max.partition.fetch.bytes", "8388608",
                        "max.poll.records", "100000"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        consumer.seekToBeginning(consumer.assignment());
        return consumer;
    }

    /** Reads all of it. */
    Content content(String topic) {
        long end = end(topic);
        long messages = 0;
        long bytes = 0;
        try (Consumer<byte[], byte[]> consumer = consumer(topic)) {
            TopicPartition partition = new TopicPartition(topic, 0);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    messages++;
                    bytes += Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
                }
            }
        }
        return new Content(messages, bytes);
    }

    private interface Asking<T> {
        T ask() throws InterruptedException, ExecutionException;
    }

    private static <T> T get(Asking<T> asking) {
        try {
            return asking.ask();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        } catch (ExecutionException e) {
            throw new BenchException("Kafka does not do it", e);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(5));
    }
}
