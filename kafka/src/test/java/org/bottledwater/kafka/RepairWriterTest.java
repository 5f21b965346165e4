package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RepairWriterTest {
    @Test
    void shouldWriteRowsAndNullValues() {
        String name = TestBroker.name("repaired");
        try (Topics topics = new Topics(TestBroker.settings());
                RepairWriter writer = RepairWriter.open(TestBroker.settings(), name)) {
            Topic topic = topics.ensure(name, true);
            TopicEnds judged = ends(topics, name);
            assertThat(writer.write(topic, List.of(repair("a", "1"), repair("b", null)), judged, 0, List.of()))
                    .isEmpty();
            assertThat(TestBroker.values(name)).containsExactlyInAnyOrder("1", "null");
        }
    }

    @Test
    void shouldWriteNothingWhenAKeyWasWrittenMeanwhileAlsoInAnOpenTransaction() throws Exception {
        String name = TestBroker.name("overtaken");
        try (Topics topics = new Topics(TestBroker.settings());
                RepairWriter writer = RepairWriter.open(TestBroker.settings(), name);
                KafkaProducer<byte[], byte[]> instance = instance(name)) {
            Topic topic = topics.ensure(name, true);
            TopicEnds judged = ends(topics, name);
            instance.beginTransaction();
            instance.send(new ProducerRecord<>(name, "a".getBytes(UTF_8), "newer".getBytes(UTF_8)))
                    .get();

            RepairWriter.Repair a = repair("a", "older");
            RepairWriter.Repair b = repair("b", "2");
            assertThat(writer.write(topic, List.of(a, b), judged, 0, List.of())).containsExactly(a);
            assertThat(writer.write(topic, List.of(b), judged, 0, List.of())).isEmpty();
            instance.commitTransaction();

            assertThat(TestBroker.values(name)).containsExactlyInAnyOrder("newer", "2");
        }
    }

    /** What was there when the keys were judged, and what comes behind the repair, is no reason. */
    @Test
    void shouldLookOnlyAtWhatLiesBetween() {
        String name = TestBroker.name("between");
        try (Topics topics = new Topics(TestBroker.settings());
                RepairWriter writer = RepairWriter.open(TestBroker.settings(), name);
                RepairWriter other = RepairWriter.open(TestBroker.settings(), name + "-other")) {
            Topic topic = topics.ensure(name, true);
            other.write(topic, List.of(repair("xa", "wrong")), ends(topics, name), 1, List.of());
            TopicEnds judged = ends(topics, name);
            // Another form of the key's bytes: only what is behind the first one counts.
            RepairWriter.Repair right = repair("ya", "right");
            assertThat(writer.write(topic, List.of(right), judged, 1, List.of()))
                    .isEmpty();
            TopicEnds judgedByOther = ends(topics, name);
            assertThat(other.write(topic, List.of(repair("za", "newer")), judgedByOther, 1, List.of()))
                    .isEmpty();
            RepairWriter.Repair late = repair("ya", "late");
            assertThat(writer.write(topic, List.of(late), judged, 1, List.of())).containsExactly(late);
            assertThat(TestBroker.values(name)).containsExactly("wrong", "right", "newer");
        }
    }

    @Test
    void shouldShutOutAnotherOneOfTheSameSlot() {
        String name = TestBroker.name("fenced");
        try (Topics topics = new Topics(TestBroker.settings());
                RepairWriter first = RepairWriter.open(TestBroker.settings(), name)) {
            Topic topic = topics.ensure(name, true);
            try (RepairWriter second = RepairWriter.open(TestBroker.settings(), name)) {
                assertThatThrownBy(
                                () -> first.write(topic, List.of(repair("a", "1")), ends(topics, name), 0, List.of()))
                        .isInstanceOfAny(ConnectionException.class, ConfigurationException.class)
                        .hasMessageStartingWith("cannot repair topic " + name);
                second.write(topic, List.of(repair("a", "2")), ends(topics, name), 0, List.of());
            }
            assertThat(TestBroker.values(name)).containsExactly("2");
        }
    }

    private static TopicEnds ends(Topics topics, String name) {
        return topics.ends(Set.of(name)).getOrDefault(name, TopicEnds.EMPTY);
    }

    private static RepairWriter.Repair repair(String key, @Nullable String value) {
        return new RepairWriter.Repair(key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
    }

    private static KafkaProducer<byte[], byte[]> instance(String name) {
        Map<String, Object> config = new HashMap<>(ClientConfig.producer(TestBroker.settings(), name));
        config.put("transactional.id", name + "-instance");
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config);
        producer.initTransactions();
        return producer;
    }
}
