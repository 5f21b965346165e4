package org.bottledwater.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes messages of old rows into topics that a running instance writes to, without ever putting an old row behind a
 * newer one: they are sent in a Kafka transaction of their own, the topic is read back from where it was judged to
 * where they have come to stand, and only if nobody else has written one of the keys in between is it committed. Readers
 * of committed messages never see one that was in doubt. One thread at a time.
 */
public final class RepairWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RepairWriter.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

    /** If this program is killed, readers of committed messages wait no longer than this for what is behind. */
    private static final String TRANSACTION_TIMEOUT_MILLIS = "60000";

    private final KafkaSettings settings;
    private final KafkaProducer<byte[], byte[]> producer;
    private final MessageSize size;

    /** Where messages of ours are, those of transactions that were aborted too: they overtake nobody. */
    private final Set<Sent> ours = new HashSet<>();

    /** A row as it is to be, or a null value for one that is not to be. */
    public static final class Repair {
        private final byte[] key;
        private final byte @Nullable [] value;

        /** The arrays must not be changed afterwards. */
        public Repair(byte[] key, byte @Nullable [] value) {
            this.key = key;
            this.value = value;
        }
    }

    private record Sent(String topic, int partition, long offset) {}

    private RepairWriter(KafkaSettings settings, Map<String, Object> config) {
        this.settings = settings;
        this.size = new MessageSize(new ProducerConfig(config));
        this.producer = new KafkaProducer<>(config);
    }

    /** Shuts out another one of this slot; the running instance itself is not disturbed. */
    public static RepairWriter open(KafkaSettings settings, String slot) {
        String transactionalId = "bottledwater-" + slot + "-repair";
        Map<String, Object> config = ClientConfig.producer(settings, transactionalId);
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MILLIS);
        try {
            RepairWriter writer = new RepairWriter(settings, config);
            try {
                writer.producer.initTransactions();
                return writer;
            } catch (KafkaException e) {
                writer.close();
                throw e;
            }
        } catch (KafkaException e) {
            throw Faults.of("cannot open transactions: transactional.id=" + transactionalId, e);
        }
    }

    /**
     * Writes all, or none.
     *
     * @param judged where the topic ended when the messages were found to be right
     * @param keyStart where in a key's bytes that begins which tells keys apart
     * @return those of the messages whose keys were written by somebody else meanwhile; if there are any, nothing was
     *     written
     */
    public List<Repair> write(
            Topic topic, List<Repair> repairs, TopicEnds judged, int keyStart, Iterable<Header> headers) {
        try {
            producer.beginTransaction();
            List<Repair> overtaken = overtaken(topic, send(topic, repairs, headers), judged, keyStart);
            if (overtaken.isEmpty()) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
            return overtaken;
        } catch (KafkaException e) {
            throw Faults.of("cannot repair topic " + topic.name(), e);
        }
    }

    /** Whether Kafka takes a message of this size. */
    public boolean fits(Topic topic, Repair repair, Iterable<Header> headers) {
        try {
            size.check(topic, repair.key, repair.value, headers);
            return true;
        } catch (UndeliverableException e) {
            LOG.warn("cannot be repaired: {}", e.getMessage());
            return false;
        }
    }

    private Map<Repair, RecordMetadata> send(Topic topic, List<Repair> repairs, Iterable<Header> headers) {
        Map<Repair, Future<RecordMetadata>> sending = new HashMap<>();
        for (Repair repair : repairs) {
            sending.put(
                    repair,
                    producer.send(new ProducerRecord<>(topic.name(), null, null, repair.key, repair.value, headers)));
        }
        producer.flush();
        Map<Repair, RecordMetadata> sent = new HashMap<>();
        sending.forEach((repair, future) -> sent.put(repair, get(future)));
        return sent;
    }

    private static RecordMetadata get(Future<RecordMetadata> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while sending", e);
        } catch (ExecutionException e) {
            throw new KafkaException(e.getCause());
        }
    }

    private List<Repair> overtaken(Topic topic, Map<Repair, RecordMetadata> sent, TopicEnds judged, int keyStart) {
        Map<ByteBuffer, Repair> byKey = new HashMap<>();
        Map<Integer, Long> ends = new HashMap<>();
        sent.forEach((repair, metadata) -> {
            byKey.put(ByteBuffer.wrap(repair.key).position(keyStart), repair);
            ours.add(new Sent(topic.name(), metadata.partition(), metadata.offset()));
            ends.merge(metadata.partition(), metadata.offset() + 1, Math::max);
        });
        Set<Repair> overtaken = new LinkedHashSet<>();
        try (TopicScan scan =
                TopicScan.uncommitted(settings, topic.name(), judged, new TopicEnds(judged.topicId(), ends))) {
            scan.read((place, key, value, unused) -> {
                boolean isOurs = ours.contains(new Sent(topic.name(), place.partition(), place.offset()));
                Repair repair = key.length < keyStart
                        ? null
                        : byKey.get(ByteBuffer.wrap(key).position(keyStart));
                if (!isOurs && repair != null) {
                    overtaken.add(repair);
                }
            });
        }
        return List.copyOf(overtaken);
    }

    /** What is not committed is undone. */
    @Override
    public void close() {
        try {
            producer.close(CLOSE_PATIENCE);
        } catch (KafkaException e) {
            LOG.debug("closing the producer of repairs", e);
        }
    }
}
