package org.bottledwater.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices a {@link CopyRequest} that is written from now on. One thread at a time. */
public final class RequestWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RequestWatch.class);
    private static final String FETCH_BYTES = Integer.toString(1 << 20);

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final String prefix;

    RequestWatch(KafkaSettings settings, String topic, String slot) {
        this.topic = topic;
        this.prefix = slot + CopyRequest.INFIX;
        Map<String, Object> config = ClientConfig.uncommittedConsumer(settings);
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        try {
            consumer = new GrouplessConsumer(config);
        } catch (KafkaException e) {
            throw Faults.of("cannot watch topic " + topic, e);
        }
        try {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(found -> new TopicPartition(topic, found.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.endOffsets(partitions).forEach(consumer::seek);
        } catch (KafkaException e) {
            close();
            throw Faults.of("cannot watch topic " + topic, e);
        }
    }

    /** Whether one has come since this was asked last; does not wait. */
    public boolean hasCome() {
        boolean come = false;
        try {
            ConsumerRecords<byte[], byte[]> records;
            do {
                records = consumer.poll(Duration.ZERO);
                for (ConsumerRecord<byte[], byte[]> entry : records) {
                    come |= entry.key() != null
                            && entry.value() != null
                            && new String(entry.key(), StandardCharsets.UTF_8).startsWith(prefix);
                }
            } while (!records.isEmpty());
        } catch (KafkaException e) {
            throw Faults.of("cannot watch topic " + topic, e);
        }
        return come;
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
