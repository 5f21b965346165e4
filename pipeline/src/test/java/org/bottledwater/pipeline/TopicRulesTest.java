package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics that are called otherwise. */
final class TopicRulesTest {
    @Test
    void shouldNameTopicsByTheFirstPatternThatFits() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("orders", "orders.v1");
        names.put("sales.*", "eu.{table}-of-{schema}");
        names.put("sales.late", "never");
        TopicRules rules = TopicRules.parse(names);

        assertThat(rules.topic(new TableName("public", "orders"))).contains("orders.v1");
        assertThat(rules.topic(new TableName("sales", "late"))).contains("eu.late-of-sales");
        assertThat(rules.topic(new TableName("sales", "a b"))).contains("eu.a_20_b-of-sales");
        assertThat(rules.topic(new TableName("public", "customers"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "{column}", "..", "a/b"})
    void shouldRefuseWhatKafkaDoesNotTake(String name) {
        assertThatThrownBy(() -> TopicRules.parse(Map.of("t", name)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("not the name of a topic: --topic-name=t=" + name);
    }

    @Test
    void shouldCopyAndFollowIntoThoseTopics() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader orders = TopicReader.json(bed.name + "-orders.v1");
                TopicReader other = TopicReader.json(bed.topic("other"))) {
            bed.sql(
                    "CREATE SCHEMA sales",
                    "CREATE TABLE sales.orders (id int PRIMARY KEY)",
                    "INSERT INTO sales.orders VALUES (1)",
                    "CREATE TABLE other (id int PRIMARY KEY)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .topicNames(Map.of("sales.*", bed.name + "-{table}.v1"))
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO sales.orders VALUES (2)", "TRUNCATE sales.orders", "INSERT INTO other VALUES (1)");
                orders.await(4);
                other.await(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(orders.messages())
                    .extracting(TopicReader.Message::operation)
                    .containsExactly("snapshot", "insert", "truncate", "truncate");
        }
    }

    @Test
    void shouldRefuseTwoTablesForOneTopic() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .topicNames(Map.of("*", bed.name + "-all"))
                    .build();

            assertThat(Running.of(settings).failure()).hasMessageStartingWith("tables would share a topic:");
        }
    }
}
