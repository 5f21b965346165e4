package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.RegistryServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TailTest {
    private static final long AT = 1_700_000_000_000L;

    private static KafkaBroker kafka;
    private static RegistryServer registry;

    @BeforeAll
    static void start() {
        CompletableFuture<RegistryServer> starting = CompletableFuture.supplyAsync(RegistryServer::start);
        kafka = KafkaBroker.start();
        registry = starting.join();
    }

    @AfterAll
    static void stop() {
        registry.close();
        kafka.close();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void send(String topic, byte @Nullable [] key, byte @Nullable [] value) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            producer.send(record(topic, key, value)).get();
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, byte @Nullable [] key, byte @Nullable [] value) {
        return new ProducerRecord<>(topic, 0, AT, key, value, List.of(new RecordHeader("pg.op", utf8("insert"))));
    }

    private static String[] tail(String... arguments) {
        List<String> all = new ArrayList<>(
                List.of("tail", "--broker=" + kafka.bootstrapServers(), "--schema-registry=" + registry.url()));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    @Test
    void shouldPrintAvroJsonAndTombstonesAsJsonLines() throws Exception {
        int id = new SchemaRegistry(RegistrySettings.of(registry.url())).register("mixed-value", "\"string\"");
        send(
                "mixed",
                utf8("{\"id\":1}"),
                ByteBuffer.allocate(7)
                        .put((byte) 0)
                        .putInt(id)
                        .put((byte) 2)
                        .put((byte) 'x')
                        .array());
        send("mixed", utf8("{\"id\":2}"), utf8("{\"price\":1.10}"));
        send("mixed", utf8("{\"id\":1}"), null);
        Captured captured = new Captured();

        assertThat(captured.run(tail("--from-beginning", "-n", "3", "mixed"))).isZero();

        String start = "{\"topic\":\"mixed\",\"partition\":0,\"offset\":";
        String middle = ",\"timestamp\":\"2023-11-14T22:13:20Z\",\"headers\":{\"pg.op\":\"insert\"},\"key\":";
        assertThat(captured.out().lines())
                .containsExactly(
                        start + 0 + middle + "{\"id\":1},\"value\":\"x\"}",
                        start + 1 + middle + "{\"id\":2},\"value\":{\"price\":1.10}}",
                        start + 2 + middle + "{\"id\":1},\"value\":null}");
        assertThat(captured.err()).isEmpty();
    }

    @Test
    void shouldFollowWhatComesAndTopicsThatAppearUntilItIsStopped() throws Exception {
        send("followed", null, utf8("\"before\""));
        Captured captured = new Captured();
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> captured.run(tail("followed", "appears")));
        waitFor(() -> captured.err().contains("waiting for topics that do not exist yet: appears"));

        send("followed", null, utf8("\"after\""));
        send("appears", null, utf8("\"first\""));
        waitFor(() -> captured.out().lines().count() == 2);
        captured.stop.ask();

        assertThat(code.get(10, TimeUnit.SECONDS)).isZero();
        assertThat(captured.out()).contains("\"after\"").contains("\"first\"").doesNotContain("\"before\"");
    }

    @Test
    void shouldShowOnlyWhatIsCommitted() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "t"))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(record("committed", null, utf8("\"aborted\""))).get();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(record("committed", null, utf8("\"committed\""))).get();
            producer.commitTransaction();
        }
        Captured captured = new Captured();
        Captured uncommitted = new Captured();

        captured.run(tail("committed", "-a", "-n1"));
        uncommitted.run(tail("committed", "-a", "-n2", "--read-uncommitted"));

        assertThat(captured.out()).contains("\"committed\"}").doesNotContain("aborted");
        assertThat(uncommitted.out()).contains("\"aborted\"}");
    }

    @Test
    void shouldSayThatKafkaIsAway() {
        Captured captured = new Captured();

        assertThat(captured.run("tail", "--broker=127.0.0.1:1", "-C", "default.api.timeout.ms=500"))
                .isEqualTo(1);

        assertThat(captured.err()).isEqualTo("""
                        bottledwater: cannot reach Kafka: broker=127.0.0.1:1
                          is it running, and is --broker right?
                        """);
    }

    private static void waitFor(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
