package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CheckpointTopicTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Topics topics = new Topics(TestBroker.settings());
    private final String slot = TestBroker.name("slot");
    private final Checkpoint wanted =
            new Checkpoint(slot, "7421", "shop", "pgoutput", 0x16B3748L, SnapshotState.WANTED, Map.of("a", "é"));

    @AfterEach
    void close() {
        topics.close();
    }

    @Test
    void shouldKnowNothingOfANewSlot() {
        CheckpointTopic checkpoints = topic();
        assertThat(checkpoints.read(slot, PATIENCE)).isEqualTo(CheckpointState.NONE);
    }

    /** Kafka's own consumer waits at the end of a topic, also when it is closed: half a second at each start. */
    @Test
    void shouldNotWaitAtTheEnd() {
        CheckpointTopic checkpoints =
                new CheckpointTopic(TestBroker.settings(Map.of("fetch.max.wait.ms", "20000")), topics, topic().name());
        try (Sink sink = sink(checkpoints, slot)) {
            sink.commit(wanted);
            long begun = System.nanoTime();
            assertThat(checkpoints.read(slot, PATIENCE).checkpoint()).contains(wanted);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void shouldRememberTheLatestOfEachKey() {
        CheckpointTopic checkpoints = topic();
        TableProgress begun = progress(new TableName("public", "orders"), Blocks.parse("0-100,200-300,400-"), false);
        TableProgress done = progress(new TableName("public", "orders"), Blocks.parse("0-"), false);
        TableProgress dotted = progress(new TableName("a.b", "c"), Blocks.first(1), true);
        TableProgress other = new TableProgress(
                slot,
                new TableName("a", "b.c"),
                Optional.of(new TableName("a", "root")),
                2,
                2,
                Blocks.NONE,
                false,
                "7:9:8",
                "9:9:",
                5,
                Optional.of(new TopicEnds("id_1", Map.of(0, 5L, 1, 0L))));
        Checkpoint copying = wanted.with(SnapshotState.COPYING);
        try (Sink sink = sink(checkpoints, slot);
                Sink neighbour = sink(checkpoints, slot + "x")) {
            sink.commit(wanted);
            neighbour.commit(new Checkpoint(slot + "x", "1", "d", "p", 1, SnapshotState.NONE, Map.of()));
            sink.commit(copying, begun);
            assertThat(checkpoints.read(slot, PATIENCE).tables().values()).containsExactly(begun);
            sink.commit(dotted, other);
            sink.commit(done);
        }
        CheckpointState state = checkpoints.read(slot, PATIENCE);
        assertThat(state.checkpoint()).contains(copying);
        assertThat(state.tables().values()).containsExactlyInAnyOrder(done, dotted, other);
    }

    @Test
    void shouldKeepARequestUntilItWasHeard() {
        CheckpointTopic checkpoints = topic();
        CopyRequest request =
                new CopyRequest(slot, "1", List.of(new TableName("public", "orders"), new TableName("a.b", "c")));
        try (RequestWatch watch = checkpoints.watch(slot);
                RequestWatch neighbour = checkpoints.watch(slot + "x");
                Sink sink = sink(checkpoints, slot)) {
            assertThat(watch.hasCome()).isFalse();
            checkpoints.ask(request);
            checkpoints.ask(new CopyRequest(slot + "y", "2", List.of()));
            assertThat(checkpoints.read(slot, PATIENCE).requests()).containsExactly(request);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!watch.hasCome()) {
                assertThat(System.nanoTime()).as("it is noticed").isLessThan(deadline);
            }
            assertThat(neighbour.hasCome()).isFalse();
            sink.commit(wanted, request.gone());
            assertThat(checkpoints.read(slot, PATIENCE).requests()).isEmpty();
        }
    }

    @Test
    void shouldForgetTombstones() {
        CheckpointTopic checkpoints = topic();
        TableProgress progress = progress(new TableName("public", "orders"), Blocks.first(100), false);
        try (Sink sink = sink(checkpoints, slot)) {
            sink.commit(wanted, progress);
            sink.commit(checkpoints.read(slot, PATIENCE).tablesGone());
            assertThat(checkpoints.read(slot, PATIENCE).tables()).isEmpty();
            sink.commit(checkpoints.read(slot, PATIENCE).gone());
            assertThat(checkpoints.read(slot, PATIENCE).checkpoint()).isEmpty();
        }
    }

    @Test
    void shouldReadWhatANewerReleaseWrote() throws Exception {
        CheckpointTopic checkpoints = topic();
        write(
                checkpoints,
                slot,
                "{\"version\":2,\"slot\":\"" + slot + "\",\"systemIdentifier\":\"7421\",\"database\":"
                        + "\"shop\",\"plugin\":\"pgoutput\",\"lsn\":\"0/16B3748\",\"snapshot\":\"wanted\","
                        + "\"properties\":{\"a\":\"é\"},\"mood\":{\"good\":true}}");
        assertThat(checkpoints.read(slot, PATIENCE).checkpoint()).contains(wanted);
    }

    @Test
    void shouldReadWhatAnOlderReleaseWrote() throws Exception {
        CheckpointTopic checkpoints = topic();
        write(
                checkpoints,
                slot + "/snapshot/public.orders",
                "{\"version\":1,\"slot\":\"" + slot + "\",\"schema\":\"public\",\"table\":\"orders\",\"oid\":16385,"
                        + "\"fileNode\":16390,\"blocks\":4096,\"complete\":false,\"visible\":\"740:741:\","
                        + "\"lsn\":\"0/16B3748\"}");
        assertThat(checkpoints.read(slot, PATIENCE).tables().values())
                .containsExactly(new TableProgress(
                        slot,
                        new TableName("public", "orders"),
                        Optional.empty(),
                        16385,
                        16390,
                        Blocks.first(4096),
                        false,
                        "740:741:",
                        "740:741:",
                        0x16B3748L,
                        Optional.empty()));
    }

    @Test
    void shouldSayWhereAnUnreadableEntryIs() throws Exception {
        CheckpointTopic checkpoints = topic();
        write(checkpoints, "someone", "else");
        write(checkpoints, slot, "{\"slot\":7}");
        assertThatThrownBy(() -> checkpoints.read(slot, PATIENCE))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("cannot read the checkpoint: topic=" + checkpoints.name() + " partition=0 offset=1 key="
                        + slot + ": no text: field=slot; was it written by a newer release, or by another program?");
    }

    @Test
    void shouldNotMindAnUnreadableEntryThatWasReplaced() throws Exception {
        CheckpointTopic checkpoints = topic();
        write(checkpoints, slot, "{\"slot\":7}");
        try (Sink sink = sink(checkpoints, slot)) {
            sink.commit(wanted);
        }
        assertThat(checkpoints.read(slot, PATIENCE).checkpoint()).contains(wanted);
    }

    /** With thousands of transactions open when a copy of many tables begins; 90 MB of entries, read by a process of 64 MB. */
    @Test
    void shouldKeepOneOfTheLongTextsThatManyTablesShare() throws Exception {
        CheckpointTopic checkpoints = topic();
        int tables = 3_000;
        String visible = "1:900000:"
                + IntStream.range(0, 5_000)
                        .mapToObj(i -> Integer.toString(10_000 + i))
                        .collect(Collectors.joining(","));
        try (Sink sink = sink(checkpoints, slot)) {
            for (int i = 0; i < tables; i += 500) {
                sink.commit(IntStream.range(i, i + 500)
                        .mapToObj(number -> new TableProgress(
                                slot,
                                new TableName("public", "t" + number),
                                Optional.empty(),
                                number,
                                number,
                                Blocks.first(1),
                                false,
                                visible,
                                visible,
                                5,
                                Optional.empty()))
                        .toArray(CheckpointEntry[]::new));
            }
        }
        Process reading = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Reading.class.getName(),
                        TestBroker.address(),
                        checkpoints.name(),
                        slot)
                .redirectErrorStream(true)
                .start();
        String said = new String(reading.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said.strip()).endsWith("tables=" + tables);
    }

    /** Says how many tables it has read of. */
    static final class Reading {
        public static void main(String[] arguments) {
            KafkaSettings settings = KafkaSettings.of(arguments[0]);
            try (Topics topics = new Topics(settings)) {
                CheckpointState state =
                        new CheckpointTopic(settings, topics, arguments[1]).read(arguments[2], PATIENCE);
                System.out.println("tables=" + state.tables().size());
            }
        }
    }

    @Test
    void shouldRefuseATopicThatLosesEntries() {
        String name = TestBroker.name("lossy");
        topics.ensure(name, false);
        assertThatThrownBy(() -> new CheckpointTopic(TestBroker.settings(), topics, name).ensure())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cleanup.policy=delete; set its cleanup.policy to compact");
    }

    @Test
    void shouldNotOverlookEntriesBehindAnotherSlotsOpenTransaction() throws Exception {
        CheckpointTopic checkpoints = topic();
        Map<String, Object> config = ClientConfig.producer(TestBroker.settings(), "hanging");
        config.put("transactional.id", TestBroker.name("hanging"));
        try (KafkaProducer<byte[], byte[]> hanging = new KafkaProducer<>(config);
                Sink sink = sink(checkpoints, slot)) {
            hanging.initTransactions();
            hanging.beginTransaction();
            hanging.send(new ProducerRecord<>(checkpoints.name(), new byte[1], new byte[1]))
                    .get();
            sink.commit(wanted);

            assertThatThrownBy(() -> checkpoints.read(slot, Duration.ofMillis(500)))
                    .isInstanceOf(ConnectionException.class)
                    .hasMessageStartingWith("an open transaction hides the checkpoint: topic=" + checkpoints.name());
            hanging.abortTransaction();
            assertThat(checkpoints.read(slot, PATIENCE).checkpoint()).contains(wanted);
        }
    }

    private TableProgress progress(TableName table, Blocks blocks, boolean complete) {
        return new TableProgress(
                slot, table, Optional.empty(), 16385, 16385, blocks, complete, "7:9:8", "7:9:8", 5, Optional.empty());
    }

    private CheckpointTopic topic() {
        CheckpointTopic checkpoints =
                new CheckpointTopic(TestBroker.settings(), topics, TestBroker.name("checkpoints"));
        checkpoints.ensure();
        return checkpoints;
    }

    private static Sink sink(CheckpointTopic checkpoints, String slot) {
        return Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, SinkOptions.DEFAULT);
    }

    private static void write(CheckpointTopic checkpoints, String key, String value) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(ClientConfig.producer(TestBroker.settings(), "other"))) {
            producer.send(new ProducerRecord<>(
                            checkpoints.name(),
                            key.getBytes(StandardCharsets.UTF_8),
                            value.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }
}
