package org.bottledwater.pipeline;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Writes into a topic behind the pipeline's back. */
final class Forgery implements AutoCloseable {
    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, TestBed.kafka().bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());

    Forgery(String topic) {
        this.topic = topic;
    }

    void send(byte[] key, byte @Nullable [] value) {
        try {
            // As one of ours: of others nothing is ever cleared.
            Headers ours = new RecordHeaders().add("pg.op", "insert".getBytes(StandardCharsets.UTF_8));
            producer.send(new ProducerRecord<>(topic, null, key, value, ours)).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** Some message that is there, as a pattern. */
    ConsumerRecord<byte[], byte[]> message(int offset) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", TestBed.kafka().bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seek(partition, offset);
            List<ConsumerRecord<byte[], byte[]>> found = List.of();
            while (found.isEmpty()) {
                found = consumer.poll(Duration.ofMillis(200)).records(partition);
            }
            return found.get(0);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
