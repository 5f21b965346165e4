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
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;

/**
 * The keys whose last message with a value is a chosen one. Which one is the last is known at the end of a partition only,
 * so its keys are held until then; if they are too many for that, it is read several times, a part of the keys each time.
 */
final class ChosenKeys implements Keys {
    private static final long HELD_BYTES = 32L << 20;
    private static final int OVERHEAD = 96;
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Consumer<byte[], byte[]> consumer;
    private final Predicate<ConsumerRecord<byte[], byte[]>> chosen;
    private final boolean committed;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, Long> ends;
    private final Set<ByteBuffer> held = new HashSet<>();
    private boolean settled;
    private long heldBytes;

    /** Which of the partitions is read, in how many parts, and which part. */
    private int partition;

    private int parts = 1;
    private int part;

    /** As in {@link TopicKeys}, null values and the ends of transactions do not count. */
    static ChosenKeys byHeaders(KafkaSettings settings, String topic, Predicate<Headers> chosen) {
        return new ChosenKeys(
                ClientConfig.uncommittedConsumer(settings), topic, record -> chosen.test(record.headers()), false);
    }

    /**
     * Those whose last message stood in the topic {@code before}. What was aborted does not count, and a null value takes
     * its key back; so nothing of our own may be open.
     */
    static ChosenKeys older(KafkaSettings settings, String topic, TopicEnds before, Predicate<Headers> chosen) {
        return new ChosenKeys(
                ClientConfig.committedConsumer(settings),
                topic,
                record -> before.contains(record.partition(), record.offset()) && chosen.test(record.headers()),
                true);
    }

    private ChosenKeys(
            Map<String, Object> config,
            String topic,
            Predicate<ConsumerRecord<byte[], byte[]>> chosen,
            boolean committed) {
        this.chosen = chosen;
        this.committed = committed;
        this.settled = !committed;
        consumer = new GrouplessConsumer(config);
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

    /**
     * Up to where to read, asked by the offsets that open transactions have, too: a reader of what is committed sees
     * nothing behind one of them, and what it does not see would be taken for missing.
     */
    ChosenKeys upTo(TopicEnds all) {
        for (TopicPartition each : partitions) {
            ends.merge(each, all.offsets().getOrDefault(each.partition(), 0L), Math::max);
        }
        return this;
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
        if (!settled && !isSettled()) {
            Answers.pause(LOOK_AGAIN);
            return List.of();
        }
        TopicPartition read = partitions.get(partition);
        long end = ends.getOrDefault(read, 0L);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            if (record.offset() < end && record.key() != null && (record.value() != null || committed)) {
                hold(ByteBuffer.wrap(record.key()), record.value() != null && chosen.test(record));
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

    /** Kafka answers a commit when it is certain; readers may see it some milliseconds later. */
    private boolean isSettled() {
        Map<TopicPartition, Long> seen = consumer.endOffsets(partitions);
        settled = ends.entrySet().stream().allMatch(end -> seen.getOrDefault(end.getKey(), 0L) >= end.getValue());
        return settled;
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
