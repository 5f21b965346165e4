package org.bottledwater.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;

/**
 * The keys whose last message with a value is a chosen one. Which one is the last is known at the end of a partition only,
 * so its keys are held until then; if they are too many for that, it is read several times, a part of the keys each time.
 * As in {@link TopicKeys}, null values and the ends of transactions do not count.
 */
final class ChosenKeys implements Keys {
    private static final long HELD_BYTES = 32L << 20;
    private static final int OVERHEAD = 96;
    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<byte[], byte[]> consumer;
    private final Predicate<Headers> chosen;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, Long> ends;
    private final Set<ByteBuffer> held = new HashSet<>();
    private long heldBytes;

    /** Which of the partitions is read, in how many parts, and which part. */
    private int partition;

    private int parts = 1;
    private int part;

    ChosenKeys(KafkaSettings settings, String topic, Predicate<Headers> chosen) {
        this.chosen = chosen;
        consumer = new KafkaConsumer<>(ClientConfig.uncommittedConsumer(settings));
        try {
            partitions = consumer.partitionsFor(topic).stream()
                    .map(found -> new TopicPartition(topic, found.partition()))
                    .toList();
            ends = new HashMap<>(consumer.endOffsets(partitions));
            begin();
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    private void begin() {
        held.clear();
        heldBytes = 0;
        if (!atEnd()) {
            consumer.assign(List.of(partitions.get(partition)));
            consumer.seekToBeginning(consumer.assignment());
        }
    }

    @Override
    public boolean atEnd() {
        return partition == partitions.size();
    }

    @Override
    public List<byte[]> next() {
        TopicPartition read = partitions.get(partition);
        long end = ends.getOrDefault(read, 0L);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            if (record.offset() < end && record.key() != null && record.value() != null) {
                hold(ByteBuffer.wrap(record.key()), chosen.test(record.headers()));
            }
        }
        if (heldBytes > HELD_BYTES) {
            // The parts that are done are parts of the new division, too; some come twice.
            parts *= 2;
            begin();
            return List.of();
        }
        if (consumer.position(read) < end) {
            return List.of();
        }
        List<byte[]> keys = held.stream().map(ByteBuffer::array).toList();
        part++;
        if (part == parts) {
            partition++;
            parts = 1;
            part = 0;
        }
        begin();
        return keys;
    }

    private void hold(ByteBuffer key, boolean isChosen) {
        if (Math.floorMod(key.hashCode(), parts) != part) {
            return;
        }
        int cost = key.remaining() + OVERHEAD;
        if (isChosen && held.add(key)) {
            heldBytes += cost;
        } else if (!isChosen && held.remove(key)) {
            heldBytes -= cost;
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
