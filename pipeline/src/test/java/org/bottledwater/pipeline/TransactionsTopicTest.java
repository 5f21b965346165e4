package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.bottledwater.change.Lsn;
import org.bottledwater.pipeline.TopicReader.Message;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is told of whole transactions: {@code --transactions-topic}. */
final class TransactionsTopicTest {
    private static Settings settings(TestBed bed) {
        return new SettingsBuilder(bed.settings())
                .transactionsTopic(bed.topic("transactions"))
                .build();
    }

    private static TopicReader reader(String topic, OutputFormat format) {
        return format == OutputFormat.AVRO ? TopicReader.avro(topic) : TopicReader.json(topic);
    }

    @ParameterizedTest
    @EnumSource(OutputFormat.class)
    void shouldCountTheMessagesOfEachTransactionByTopic(OutputFormat format) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader a = reader(bed.topic("a"), format);
                TopicReader b = reader(bed.topic("b"), format);
                TopicReader transactions = reader(bed.topic("transactions"), format)) {
            bed.sql(
                    "CREATE TABLE a (id int PRIMARY KEY, n int)",
                    "CREATE TABLE b (id int PRIMARY KEY)",
                    "CREATE TABLE elsewhere (id int PRIMARY KEY)",
                    "INSERT INTO a VALUES (1, 1)");
            Settings settings = new SettingsBuilder(settings(bed))
                    .format(format)
                    .tables("!public.elsewhere")
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "BEGIN",
                        "INSERT INTO a SELECT i, 0 FROM generate_series(2, 4) i",
                        "INSERT INTO b VALUES (1)",
                        "UPDATE a SET id = 5 WHERE id = 4",
                        "COMMIT",
                        "INSERT INTO elsewhere VALUES (1)",
                        "TRUNCATE a",
                        "DELETE FROM b");
                List<Message> told = transactions.await(3);
                assertThat(running.failureSoFar()).isEmpty();
                assertThat(told.stream().map(Message::key))
                        .containsOnly(told.get(0).key());
                assertThat(told.get(0).key()).hasToString("{\"slot\":\"" + bed.name + "\"}");
                assertThat(counts(told.get(0))).isEqualTo(Map.of(bed.topic("a"), 5L, bed.topic("b"), 1L));
                assertThat(counts(told.get(2))).isEqualTo(Map.of(bed.topic("b"), 1L));
            }
            Map<String, Map<String, Long>> seen = new HashMap<>();
            count(seen, bed.topic("a"), a.await(11));
            count(seen, bed.topic("b"), b.await(2));
            List<Message> told = transactions.messages();
            assertThat(told).hasSize(3).allSatisfy(message -> {
                String xid = message.value().get("xid").asText();
                assertThat(counts(message)).isEqualTo(seen.get(xid));
                assertThat(message.value().get("count").asLong())
                        .isEqualTo(counts(message).values().stream()
                                .mapToLong(Long::longValue)
                                .sum());
            });
            assertThat(told.stream().map(message -> message.value().get("lsn").asLong()))
                    .isSorted();
            assertThat(a.messages().get(1).headers())
                    .containsEntry("pg.xid", told.get(0).value().get("xid").asText())
                    .containsEntry(
                            "pg.lsn",
                            Lsn.toString(told.get(0).value().get("lsn").asLong()));
        }
    }

    private static Map<String, Long> counts(Message message) {
        Map<String, Long> counts = new TreeMap<>();
        message.value()
                .get("counts")
                .properties()
                .forEach(topic -> counts.put(topic.getKey(), topic.getValue().asLong()));
        return counts;
    }

    /** The messages of each transaction by topic. Rows of a snapshot are of none. */
    private static void count(Map<String, Map<String, Long>> seen, String topic, List<Message> messages) {
        for (Message message : messages) {
            String xid = message.headers().get("pg.xid");
            if (xid != null) {
                seen.computeIfAbsent(xid, first -> new TreeMap<>()).merge(topic, 1L, Long::sum);
            }
        }
    }

    /** Kills a run three times while an application writes; each transaction is told of once, with what there is of it. */
    @Test
    void shouldTellOfEachTransactionOnceWhenTheProgramIsKilled() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader a = TopicReader.json(bed.topic("a"));
                TopicReader b = TopicReader.json(bed.topic("b"));
                TopicReader transactions = TopicReader.json(bed.topic("transactions"))) {
            bed.sql("CREATE TABLE a (id serial PRIMARY KEY, n int)", "CREATE TABLE b (id serial PRIMARY KEY, n int)");
            Random random = new Random(11);
            try (Writing application =
                    Writing.to(bed, seed -> "INSERT INTO " + (seed.nextBoolean() ? "a" : "b") + " (n) VALUES (1)")) {
                for (int i = 0; i < 3; i++) {
                    int more = 200 + random.nextInt(800);
                    long before = transactions.end();
                    try (KillableRun run = KillableRun.telling(bed, bed.topic("transactions"))) {
                        run.until("it tells of transactions", () -> transactions.end() > before + more);
                    }
                }
                application.awaitCommits(1);
            }
            long last = Long.parseLong(bed.query("SELECT count(*) FROM (SELECT 1 FROM a UNION ALL SELECT 1 FROM b) t")
                    .get(0));
            try (Running running = Running.of(settings(bed)).awaitStreaming()) {
                Waiting.until(
                        "all rows are there",
                        () -> a.messages().size() + b.messages().size() >= last);
                assertThat(running.failureSoFar()).isEmpty();
            }
            Map<String, Map<String, Long>> seen = new HashMap<>();
            count(seen, bed.topic("a"), a.messages());
            count(seen, bed.topic("b"), b.messages());
            Waiting.until("each is told of", () -> transactions.messages().size() >= seen.size());
            Set<String> told = new HashSet<>();
            List<Long> positions = new ArrayList<>();
            for (Message message : transactions.messages()) {
                JsonNode value = message.value();
                assertThat(told.add(value.get("xid").asText()))
                        .as("once: %s", value)
                        .isTrue();
                assertThat(counts(message)).isEqualTo(seen.get(value.get("xid").asText()));
                positions.add(value.get("lsn").asLong());
            }
            assertThat(told).isEqualTo(seen.keySet());
            assertThat(positions).isSorted();
        }
    }

    @Test
    void shouldRefuseATopicThatForgetsTransactions() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
            Running.of(bed.settings()).awaitStreaming().close();
            Settings onto = new SettingsBuilder(bed.settings())
                    .transactionsTopic(bed.topic("t"))
                    .build();
            assertThat(Running.of(onto).failure())
                    .hasMessageContaining(
                            "the topic of --transactions-topic is that of a table: topic=" + bed.topic("t"));
            Settings compacted = new SettingsBuilder(bed.settings())
                    .tables("public.nothing")
                    .transactionsTopic(bed.topic("t"))
                    .build();
            assertThat(Running.of(compacted).failure())
                    .hasMessageContaining("the topic of --transactions-topic is compacted: topic=" + bed.topic("t"));
        }
    }
}
