package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.junit.jupiter.api.Test;

class TopicsTest {
    @Test
    void shouldCompactKeyedTopicsOnly() {
        String keyed = TestBroker.name("keyed");
        String unkeyed = TestBroker.name("unkeyed");
        try (Topics topics = new Topics(TestBroker.settings())) {
            Map<String, Topic> found = topics.ensureAll(Map.of(keyed, true, unkeyed, false));

            assertThat(found.get(keyed)).isEqualTo(new Topic(keyed, 1048588, false, true, true));
            assertThat(setting(topics, keyed, "cleanup.policy")).isEqualTo("compact");
            assertThat(setting(topics, unkeyed, "cleanup.policy")).isEqualTo("delete");
        }
    }

    @Test
    void shouldApplyTopicSettings() throws Exception {
        String name = TestBroker.name("configured");
        Map<String, String> config = Map.of("cleanup.policy", "compact,delete", "max.message.bytes", "2000000");
        KafkaSettings settings = new KafkaSettings(TestBroker.address(), Map.of(), config, 3, (short) 1, true);
        try (Topics topics = new Topics(settings)) {
            assertThat(topics.ensure(name, true).maxMessageBytes()).isEqualTo(2_000_000);
            assertThat(setting(topics, name, "cleanup.policy")).isEqualTo("compact,delete");
            assertThat(topics.admin()
                            .describeTopics(List.of(name))
                            .allTopicNames()
                            .get()
                            .values())
                    .singleElement()
                    .satisfies(topic -> assertThat(topic.partitions()).hasSize(3));
        }
    }

    @Test
    void shouldLeaveAnExistingTopicAsItIs() {
        String name = TestBroker.name("existing");
        try (Topics topics = new Topics(TestBroker.settings())) {
            topics.ensure(name, false);
            topics.ensure(name, true);
            assertThat(setting(topics, name, "cleanup.policy")).isEqualTo("delete");
        }
    }

    @Test
    void shouldTellOfTopicsWithAnotherNumberOfPartitions() {
        String few = TestBroker.name("few");
        String right = TestBroker.name("right");
        String missing = TestBroker.name("missing");
        try (Topics topics = new Topics(TestBroker.settings())) {
            topics.ensure(few, true);
            assertThat(topics.otherwisePartitioned(Set.of(few)))
                    .as("no number was asked for")
                    .isEmpty();
        }
        KafkaSettings settings = new KafkaSettings(TestBroker.address(), Map.of(), Map.of(), 3, (short) 1, true);
        try (Topics topics = new Topics(settings)) {
            topics.ensure(right, true);
            assertThat(topics.otherwisePartitioned(Set.of(few, right, missing))).containsExactly(Map.entry(few, 1));
        }
    }

    @Test
    void shouldOnlyLookWhenTopicsAreTheOperators() {
        String name = TestBroker.name("missing");
        KafkaSettings settings = new KafkaSettings(TestBroker.address(), Map.of(), Map.of(), -1, (short) -1, false);
        try (Topics topics = new Topics(settings)) {
            assertThat(topics.ensure(name, true).exists()).isFalse();
            assertThat(topics.ensure(name, true).exists()).isFalse();
        }
    }

    @Test
    void shouldMakeManyTopicsAtOnce() {
        Map<String, Boolean> wanted = new HashMap<>();
        for (int i = 0; i < 250; i++) {
            wanted.put(TestBroker.name("many"), true);
        }
        try (Topics topics = new Topics(TestBroker.settings())) {
            assertThat(topics.ensureAll(wanted))
                    .hasSize(250)
                    .allSatisfy((name, topic) -> assertThat(topic.exists()).isTrue());
        }
    }

    @Test
    void shouldSayWhatTheBrokerDoesNotPermit() {
        String name = TestBroker.name("replicated");
        KafkaSettings settings = new KafkaSettings(TestBroker.address(), Map.of(), Map.of(), -1, (short) 3, true);
        try (Topics topics = new Topics(settings)) {
            assertThatThrownBy(() -> topics.ensure(name, true))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("cannot create topic: topic=" + name + ": ")
                    .hasMessageContaining("replicat");
        }
    }

    @Test
    void shouldSayThatNobodyAnswers() {
        try (Topics topics = new Topics(TestBroker.settings())) {
            topics.reachable(Duration.ofSeconds(10));
        }
        try (Topics topics = new Topics(KafkaSettings.of("127.0.0.1:1"))) {
            assertThatThrownBy(() -> topics.reachable(Duration.ofMillis(500)))
                    .isInstanceOf(ConnectionException.class)
                    .hasMessage("cannot reach Kafka at 127.0.0.1:1: no answer in time;"
                            + " is it running, and is --broker right?");
        }
        assertThatThrownBy(() -> new Topics(KafkaSettings.of("no-such-host.invalid:9092")))
                .isInstanceOf(ConnectionException.class)
                .hasMessageContaining("no-such-host.invalid:9092");
    }

    private static String setting(Topics topics, String topic, String name) {
        return topics.configs(List.of(topic)).getOrDefault(topic, Map.of()).getOrDefault(name, "");
    }
}
