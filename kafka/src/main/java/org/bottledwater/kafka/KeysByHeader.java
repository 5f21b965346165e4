package org.bottledwater.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The keys of one topic by the value that a header has in their last message with a value: of which partition of its table a
 * row is. The topic is read once; the next time only what has come since. As in {@link TopicKeys}, messages of transactions
 * that are not committed count, and a null value does not take a key back. One thread at a time.
 */
final class KeysByHeader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    /** What a key costs beside its bytes. */
    private static final int OVERHEAD = 112;

    private final String topic;
    private final String header;
    private final long maxBytes;
    private final Consumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> read = new HashMap<>();

    /** Each once, however many keys have it; it stays when the keys are too many. */
    private final Map<String, String> values = new HashMap<>();

    private final Map<ByteBuffer, String> keys = new HashMap<>();
    private long bytes;
    private boolean tooMany;

    KeysByHeader(KafkaSettings settings, String topic, String header, long maxBytes) {
        this.topic = topic;
        this.header = header;
        this.maxBytes = maxBytes;
        Map<String, Object> config = ClientConfig.uncommittedConsumer(settings);
        // A request that waits for messages at the broker is in the way of the next one.
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, "20");
        this.consumer = new GrouplessConsumer(config);
    }

    boolean isOf(String otherTopic, String otherHeader) {
        return topic.equals(otherTopic) && header.equals(otherHeader);
    }

    /**
     * Keys whose value is one of these, up to where the topic ends now; they are forgotten with it, as they get null values
     * then.
     *
     * @param whenTooMany reads the topic once more where there are more keys than can be held
     */
    Keys take(Set<String> chosen, Supplier<Keys> whenTooMany) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(found -> new TopicPartition(topic, found.partition()))
                .toList();
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        if (ends.entrySet().stream().anyMatch(end -> read.getOrDefault(end.getKey(), 0L) > end.getValue())) {
            // It was deleted and created again.
            read.clear();
            keys.clear();
            values.clear();
            bytes = 0;
            tooMany = false;
        }
        if (read.isEmpty() || !consumer.assignment().equals(Set.copyOf(partitions))) {
            consumer.assign(partitions);
            consumer.seekToBeginning(
                    partitions.stream().filter(each -> !read.containsKey(each)).toList());
            read.forEach(consumer::seek);
        }
        return new Taking(chosen, ends, whenTooMany);
    }

    private void add(ConsumerRecord<byte[], byte[]> message) {
        if (message.key() == null || message.value() == null) {
            return;
        }
        String value = HeaderIn.value(message.headers(), header);
        String shared = values.computeIfAbsent(value, same -> same);
        if (tooMany) {
            return;
        }
        if (keys.put(ByteBuffer.wrap(message.key()), shared) == null) {
            bytes += message.key().length + OVERHEAD;
        }
        if (bytes > maxBytes) {
            tooMany = true;
            keys.clear();
        }
    }

    private List<byte[]> remove(Set<String> chosen) {
        List<byte[]> taken = new ArrayList<>();
        keys.entrySet().removeIf(entry -> {
            boolean isChosen = chosen.contains(entry.getValue());
            if (isChosen) {
                taken.add(entry.getKey().array());
                bytes -= entry.getKey().capacity() + OVERHEAD;
            }
            return isChosen;
        });
        return taken;
    }

    @Override
    public void close() {
        consumer.close();
    }

    /** Reads on, and gives the keys out. */
    private final class Taking implements Keys {
        private final Set<String> chosen;
        private final Map<TopicPartition, Long> ends;
        private final Supplier<Keys> whenTooMany;
        private final List<Keys> again = new ArrayList<>();
        private boolean done;

        Taking(Set<String> chosen, Map<TopicPartition, Long> ends, Supplier<Keys> whenTooMany) {
            this.chosen = new HashSet<>(chosen);
            this.ends = ends;
            this.whenTooMany = whenTooMany;
        }

        @Override
        public boolean atEnd() {
            return again.isEmpty() ? done : again.get(0).atEnd();
        }

        @Override
        public List<byte[]> next() {
            if (!again.isEmpty()) {
                return again.get(0).next();
            }
            if (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(KeysByHeader.this::add);
                return List.of();
            }
            ends.keySet().forEach(partition -> read.put(partition, consumer.position(partition)));
            if (chosen.stream().noneMatch(values::containsKey)) {
                // None of these ever had a row.
                done = true;
                return List.of();
            }
            if (tooMany) {
                again.add(whenTooMany.get());
                return List.of();
            }
            done = true;
            return remove(chosen);
        }

        @Override
        public void close() {
            again.forEach(Keys::close);
        }
    }
}
