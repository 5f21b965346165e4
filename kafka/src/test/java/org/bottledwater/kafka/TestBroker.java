package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.bottledwater.sandbox.KafkaBroker;

/** One broker for all tests of this JVM; each test takes names of its own. */
final class TestBroker {
    /**
     * It makes no topics by itself, and keeps everything: a test's messages are of 1970, and the markers of their
     * transactions of today, so by its rules on age the broker would begin a segment between them, and compact or delete
     * the older one before the test has read it.
     */
    private static final KafkaBroker BROKER = KafkaBroker.start(Map.of(
            "auto.create.topics.enable",
            "false",
            "log.roll.ms",
            Long.toString(Long.MAX_VALUE),
            "log.retention.ms",
            "-1"));

    private static final AtomicInteger NAMES = new AtomicInteger();

    private TestBroker() {}

    static String address() {
        return BROKER.bootstrapServers();
    }

    static KafkaSettings settings() {
        return KafkaSettings.of(address());
    }

    static KafkaSettings settings(Map<String, String> clientConfig) {
        return new KafkaSettings(address(), clientConfig, Map.of(), -1, (short) -1, true);
    }

    static String name(String stem) {
        return stem + "_" + NAMES.incrementAndGet();
    }

    /** SIGSTOP: the broker is there and says nothing, as in the worst of outages. */
    static void freeze() {
        signal("STOP");
    }

    static void thaw() {
        signal("CONT");
    }

    private static void signal(String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(BROKER.pid()))
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("cannot signal the broker: signal=" + name + " status=" + status);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All values of a topic that has no open transaction (any more); a tombstone is "null". */
    static List<String> values(String topic) {
        return settled(topic).stream()
                .map(r -> r.value() == null ? "null" : new String(r.value(), UTF_8))
                .toList();
    }

    /**
     * The committed records, when the broker has ended every transaction: it answers a commit as soon as it is certain,
     * and tells the partitions' readers a little later.
     */
    static List<ConsumerRecord<byte[], byte[]>> settled(String topic) {
        await("transactions end: topic=" + topic, () -> end(topic, "read_committed") == end(topic, "read_uncommitted"));
        return records(topic, "read_committed");
    }

    private static long end(String topic, String isolation) {
        Map<String, Object> config = new HashMap<>(ClientConfig.committedConsumer(settings()));
        config.put("isolation.level", isolation);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(p -> new TopicPartition(p.topic(), p.partition()))
                    .toList();
            return consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    /** All records that a reader sees at this moment. */
    static List<ConsumerRecord<byte[], byte[]>> records(String topic, String isolation) {
        Map<String, Object> config = new HashMap<>(ClientConfig.committedConsumer(settings()));
        config.put("isolation.level", isolation);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(p -> new TopicPartition(p.topic(), p.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("the end was not reached: topic=" + topic);
                }
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return records;
        }
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("did not come true: " + what);
            }
            Answers.pause(Duration.ofMillis(10));
        }
    }
}
