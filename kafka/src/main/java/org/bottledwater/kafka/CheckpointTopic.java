package org.bottledwater.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The compacted topic that remembers how far each slot's copy has come. It is written through a {@link Sink}, so that
 * a position is in Kafka exactly if the messages before it are.
 */
public final class CheckpointTopic {
    public static final String DEFAULT_NAME = "bottledwater-checkpoints";

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointTopic.class);
    private static final Duration ASK_PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /** A start reads the topic from its beginning: small segments let the broker compact it early. */
    private static final Map<String, String> CONFIG = Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG,
            TopicConfig.CLEANUP_POLICY_COMPACT,
            TopicConfig.SEGMENT_BYTES_CONFIG,
            Integer.toString(4 << 20),
            TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
            "0.1",
            TopicConfig.DELETE_RETENTION_MS_CONFIG,
            "3600000");

    private final KafkaSettings settings;
    private final Topics topics;
    private final String name;

    /** @param topics stays the caller's to close */
    public CheckpointTopic(KafkaSettings settings, Topics topics, String name) {
        this.settings = settings;
        this.topics = topics;
        this.name = name;
    }

    public String name() {
        return name;
    }

    /** Looks the topic up and makes it if it is missing. To be called before anything is written. */
    public void ensure() {
        Map<String, Topic> found = new HashMap<>();
        topics.ensure(List.of(topics.newTopic(name, 1, CONFIG)), found);
        if (!found.getOrDefault(name, Topic.missing(name)).exists()) {
            throw new ConfigurationException("the checkpoint topic is missing: topic=" + name
                    + "; create it with 1 partition and cleanup.policy=compact, or let topics be created");
        }
        String policy = topics.configs(List.of(name))
                .getOrDefault(name, CONFIG)
                .getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "");
        if (!policy.equals(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            throw new ConfigurationException("the checkpoint topic would lose checkpoints: topic=" + name
                    + " cleanup.policy=" + policy + "; set its cleanup.policy to compact");
        }
    }

    /**
     * Reads what is remembered of a slot. Fence other writers first, by opening the slot's {@link Sink}: what they had
     * not committed then never appears.
     *
     * @throws ConfigurationException for an entry that this release cannot read
     * @throws ConnectionException if the end is not reached within {@code patience}
     */
    public CheckpointState read(String slot, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        Map<String, Latest> latest = new HashMap<>();
        try (Consumer<byte[], byte[]> consumer = new GrouplessConsumer(ClientConfig.committedConsumer(settings))) {
            List<TopicPartition> partitions = consumer.partitionsFor(name).stream()
                    .map(p -> new TopicPartition(p.topic(), p.partition()))
                    .toList();
            awaitCommitted(consumer, ends(partitions), deadline);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                if (System.nanoTime() > deadline) {
                    throw late(slot);
                }
                for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(LOOK_AGAIN)) {
                    remember(slot, entry, latest);
                }
            }
        } catch (KafkaException e) {
            throw Faults.of("cannot read the checkpoint: topic=" + name + " slot=" + slot, e);
        }
        return state(latest);
    }

    /** Where the partitions end for a reader that sees open transactions too. */
    private Map<TopicPartition, Long> ends(List<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        new Answers()
                .of(topics.admin()
                        .listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                        .all())
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /**
     * Another slot's open transaction hides what is behind it, entries of this slot as well. It is over within
     * milliseconds, or, if its process was killed, when that slot is started again or the transaction times out.
     */
    private void awaitCommitted(Consumer<?, ?> consumer, Map<TopicPartition, Long> ends, long deadline) {
        boolean told = false;
        long tellAt = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (true) {
            Map<TopicPartition, Long> committed = consumer.endOffsets(ends.keySet());
            if (ends.entrySet().stream().allMatch(e -> committed.getOrDefault(e.getKey(), 0L) >= e.getValue())) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new ConnectionException(
                        "an open transaction hides the checkpoint: topic=" + name
                                + "; it ends when the slot that left it is started again, or times out",
                        new Answers.LateException());
            }
            if (!told && System.nanoTime() > tellAt) {
                told = true;
                LOG.warn("waiting for another slot's open transaction to end: topic={}", name);
            }
            Answers.pause(LOOK_AGAIN);
        }
    }

    private ConnectionException late(String slot) {
        return new ConnectionException(
                "cannot read the checkpoint: topic=" + name + " slot=" + slot, new Answers.LateException());
    }

    private static void remember(String slot, ConsumerRecord<byte[], byte[]> record, Map<String, Latest> latest) {
        if (record.key() == null) {
            return;
        }
        String key = new String(record.key(), StandardCharsets.UTF_8);
        if (!key.equals(slot)
                && !key.startsWith(slot + TableProgress.INFIX)
                && !key.startsWith(slot + CopyRequest.INFIX)) {
            return;
        }
        if (record.value() == null) {
            latest.remove(key);
        } else {
            latest.put(key, Latest.of(slot, key, record));
        }
    }

    /**
     * What a key has of late, understood at once: as bytes, the entries of thousands of tables would each have the long
     * text of the snapshot that they share.
     *
     * @param writtenAt in milliseconds since 1970
     */
    private record Latest(Optional<CheckpointEntry> entry, Optional<ConfigurationException> unread, long writtenAt) {
        static Latest of(String slot, String key, ConsumerRecord<byte[], byte[]> record) {
            try {
                CheckpointEntry entry = key.equals(slot)
                        ? CheckpointJson.checkpoint(record.value())
                        : key.startsWith(slot + CopyRequest.INFIX)
                                ? CheckpointJson.request(record.value())
                                : CheckpointJson.progress(record.value());
                return new Latest(Optional.of(entry), Optional.empty(), record.timestamp());
            } catch (IllegalArgumentException e) {
                // It may be replaced by one that comes later.
                ConfigurationException unread = new ConfigurationException(
                        "cannot read the checkpoint: topic=" + record.topic() + " partition=" + record.partition()
                                + " offset=" + record.offset() + " key=" + key + ": " + e.getMessage()
                                + "; was it written by a newer release, or by another program?",
                        e);
                return new Latest(Optional.empty(), Optional.of(unread), record.timestamp());
            }
        }
    }

    private static CheckpointState state(Map<String, Latest> latest) {
        Optional<Checkpoint> checkpoint = Optional.empty();
        List<TableProgress> tables = new ArrayList<>();
        List<CopyRequest> requests = new ArrayList<>();
        long writtenAt = 0;
        for (Latest each : latest.values()) {
            writtenAt = Math.max(writtenAt, each.writtenAt());
            CheckpointEntry entry = each.entry().orElseThrow(each.unread()::orElseThrow);
            if (entry instanceof Checkpoint found) {
                checkpoint = Optional.of(found);
            } else if (entry instanceof CopyRequest request) {
                requests.add(request);
            } else if (entry instanceof TableProgress progress) {
                tables.add(progress);
            }
        }
        return CheckpointState.of(checkpoint, tables, requests, writtenAt);
    }

    /**
     * Asks the run of the request's slot to copy tables once more.
     *
     * @throws ConnectionException if Kafka does not take it in time
     */
    public void ask(CopyRequest request) {
        Producer<byte[], byte[]> producer =
                new KafkaProducer<>(ClientConfig.producer(settings, "bottledwater-" + request.slot() + "-request"));
        try {
            producer.send(record(request, null)).get(ASK_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while asking for a copy", e);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw Faults.of("cannot ask for a copy: topic=" + name, e);
        } finally {
            producer.close(Duration.ZERO);
        }
    }

    /** What is asked of a slot's run from now on. */
    public RequestWatch watch(String slot) {
        return new RequestWatch(settings, name, slot);
    }

    /** @param timestamp of the record; null for this machine's time */
    ProducerRecord<byte[], byte[]> record(CheckpointEntry entry, @Nullable Long timestamp) {
        return new ProducerRecord<>(
                name, null, timestamp, entry.key().getBytes(StandardCharsets.UTF_8), CheckpointJson.encode(entry));
    }

    Topics topics() {
        return topics;
    }
}
