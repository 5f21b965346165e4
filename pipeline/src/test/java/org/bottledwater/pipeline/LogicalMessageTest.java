package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What applications write into the log by pg_logical_emit_message. */
final class LogicalMessageTest {
    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT", "18,TEST_DECODING", "15,PGOUTPUT", "12,TEST_DECODING"})
    void shouldSendThemOnceAndOnlyIfCommitted(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY)");
            String topic = bed.name + ".messages";
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .messagesTopic(topic)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "BEGIN; SELECT pg_logical_emit_message(true, 'app', 'one'); INSERT INTO item VALUES (1); COMMIT",
                        "SELECT pg_logical_emit_message(false, 'app, sz: 3 content:', 'two, sz: 1 content:x')",
                        "BEGIN; SELECT pg_logical_emit_message(true, 'app', 'undone'); ROLLBACK",
                        "BEGIN; SELECT pg_logical_emit_message(false, 'app', 'stays'); ROLLBACK",
                        // The server does not hurry to write such a message out; a commit does.
                        "INSERT INTO item VALUES (2)");
                Waiting.until("three messages", () -> read(topic).size() >= 3);
                assertThat(running.failureSoFar()).isEmpty();
            }
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("SELECT pg_logical_emit_message(true, 'app', 'last')");
                Waiting.until("four messages", () -> read(topic).size() >= 4);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(read(topic))
                    .containsExactly(
                            "app|one|xid", "app, sz: 3 content:|two, sz: 1 content:x|", "app|stays|", "app|last|xid");
        }
    }

    @Test
    void shouldSayWhatThePluginCannotDo() throws Exception {
        try (TestBed bed = TestBed.on("12")) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).messagesTopic("m").build();
            assertThat(Running.of(settings).failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("--messages-topic needs PostgreSQL 14, or 9.6 with test_decoding");
        }
    }

    private static List<String> read(String topic) {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        TestBed.kafka().bootstrapServers(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed"),
                new StringDeserializer(),
                new StringDeserializer())) {
            List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long end = consumer.endOffsets(partitions).values().iterator().next();
            List<String> messages = new ArrayList<>();
            while (consumer.position(partitions.get(0)) < end) {
                consumer.poll(java.time.Duration.ofMillis(100)).forEach(record -> {
                    assertThat(new String(record.headers().lastHeader("pg.op").value(), UTF_8))
                            .isEqualTo("message");
                    String xid = record.headers().lastHeader("pg.xid") == null ? "" : "xid";
                    messages.add(record.key() + "|" + record.value() + "|" + xid);
                });
            }
            return messages;
        }
    }
}
