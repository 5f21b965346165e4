package org.bottledwater.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the keys that have had a value in a topic, from its beginning to where it ended when this was made. Messages of
 * transactions that are not committed count too: our own may be among them. A null value does not take a key back, as
 * it may be of a transaction that was aborted. One thread at a time.
 */
final class TopicKeys implements Keys {
    /** Keys that were given out are remembered up to this many bytes; a topic with more may give one out again. */
    private static final long REMEMBERED_BYTES = 32L << 20;

    /** What a remembered key costs beside its bytes. */
    private static final int OVERHEAD = 96;

    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private final Set<ByteBuffer> given = new HashSet<>();
    private long givenBytes;

    TopicKeys(KafkaSettings settings, String topic) {
        consumer = new GrouplessConsumer(ClientConfig.uncommittedConsumer(settings));
        try {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            ends.putAll(consumer.endOffsets(partitions));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    @Override
    public boolean atEnd() {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    @Override
    public List<byte[]> next() {
        List<byte[]> keys = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            boolean isOld = record.offset() < ends.getOrDefault(partition(record), 0L);
            if (isOld && record.key() != null && record.value() != null && isNew(record.key())) {
                keys.add(record.key());
            }
        }
        return keys;
    }

    private static TopicPartition partition(ConsumerRecord<byte[], byte[]> record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    private boolean isNew(byte[] key) {
        if (givenBytes > REMEMBERED_BYTES) {
            given.clear();
            givenBytes = 0;
        }
        boolean added = given.add(ByteBuffer.wrap(key));
        if (added) {
            givenBytes += key.length + OVERHEAD;
        }
        return added;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
