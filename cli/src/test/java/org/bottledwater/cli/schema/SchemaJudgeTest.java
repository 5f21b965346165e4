package org.bottledwater.cli.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A judge that never finds anything would be of no use. */
final class SchemaJudgeTest {
    private static final Plan PLAN =
            new Plan(0, 0, "judged", "18", Set.of(Family.ROWS), false, true, false, "32MB", "copy");

    @Test
    void shouldFindWhatIsWrongByRawKeys() throws Exception {
        try (PostgresServer postgres = PostgresServer.start(PostgresOptions.of("18"));
                KafkaBroker kafka = KafkaBroker.start();
                Connection session = DriverManager.getConnection(postgres.jdbcUrl("postgres"));
                Statement statement = session.createStatement();
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
                FoldedTopics topics =
                        new FoldedTopics(kafka.bootstrapServers(), PLAN.name(), Set.of(TopicNaming.CHECKPOINTS))) {
            statement.execute("CREATE TABLE t (id int PRIMARY KEY, v text);"
                    + "CREATE TABLE without_key (v text); INSERT INTO without_key VALUES ('x');"
                    + "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
            SchemaJudge judge = new SchemaJudge(session, PLAN, topics, new Payloads(true, ""));
            send(producer, "{\"id\":1}", "{\"id\":1,\"v\":\"a\"}");
            assertThat(judge.differences(Set.of(), Set.of()))
                    .anyMatch(found -> found.endsWith("rows=2 liveKeys=1"))
                    .anyMatch(found -> found.endsWith("a row without a message: {\"id\":2}"))
                    .hasSize(2);
            send(producer, "{\"id\":2}", "{\"id\":2,\"v\":\"b\"}");
            assertThat(judge.differences(Set.of(), Set.of())).isEmpty();

            send(producer, "{\"id\": 1}", "{\"id\":1,\"v\":\"a\"}");
            send(producer, "{\"id\":3}", "{\"id\":3,\"v\":\"c\"}");
            send(producer, "{\"id\":2}", "{\"id\":2,\"v\":\"other\"}");
            assertThat(judge.differences(Set.of(), Set.of()))
                    .anyMatch(found -> found.endsWith("rows=2 liveKeys=4"))
                    .anyMatch(found -> found.endsWith("a second raw key of the row: {\"id\":1}"))
                    .anyMatch(found -> found.endsWith("a key without a row: {\"id\":3}"))
                    .anyMatch(found -> found.endsWith("key={\"id\":2} column=v row=\"b\" message=\"other\""))
                    .hasSize(4);
            send(producer, "{\"id\": 1}", null);
            send(producer, "{\"id\":3}", null);
            send(producer, "{\"id\":2}", "{\"id\":2,\"v\":\"b\"}");
            assertThat(judge.differences(Set.of(), Set.of())).isEmpty();

            statement.execute("ALTER TABLE t RENAME TO s");
            assertThat(judge.differences(Set.of(), Set.of()))
                    .anyMatch(found -> found.endsWith("rows=2 liveKeys=0"))
                    .anyMatch(found -> found.startsWith("the topic of a former name is not empty: topic=judged.t"));
        }
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String key, @Nullable String value)
            throws Exception {
        producer.send(new ProducerRecord<>(
                        PLAN.name() + ".t", key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8)))
                .get();
    }
}
