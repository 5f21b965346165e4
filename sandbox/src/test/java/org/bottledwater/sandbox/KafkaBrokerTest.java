package org.bottledwater.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class KafkaBrokerTest {

    @Test
    void shouldKeepItsDataThroughStopAndKill() throws Exception {
        try (KafkaBroker broker = KafkaBroker.start(Map.of("num.partitions", "3"))) {
            sendInTransaction(broker, "one");
            broker.stop();
            broker.restart();
            sendInTransaction(broker, "two");
            broker.kill();
            broker.restart();
            sendInTransaction(broker, "three");

            assertThat(read(broker, 3)).containsExactlyInAnyOrder("one", "two", "three");
        }
    }

    @Test
    void shouldSayWhyItDidNotStart() {
        assertThatThrownBy(() -> KafkaBroker.start(Map.of("num.partitions", "none")))
                .isInstanceOf(SandboxException.class)
                .hasMessageStartingWith("kafka: did not start, exitCode=1\nits log ends with:\n")
                .hasMessageContaining("Invalid value none for configuration num.partitions");
    }

    private static void sendInTransaction(KafkaBroker broker, String value) throws Exception {
        Map<String, Object> config = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "sandbox");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("topic", value)).get();
            producer.commitTransaction();
        }
    }

    private static List<String> read(KafkaBroker broker, int count) {
        Map<String, Object> config = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers(),
                ConsumerConfig.GROUP_ID_CONFIG, "sandbox",
                ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            assertThat(consumer.partitionsFor("topic")).hasSize(3);
            consumer.subscribe(List.of("topic"));
            List<String> values = new ArrayList<>();
            Deadline deadline = Deadline.after(Duration.ofMinutes(1));
            while (values.size() < count && !deadline.passed()) {
                consumer.poll(Duration.ofMillis(100)).forEach(message -> values.add(message.value()));
            }
            return values;
        }
    }
}
