package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bottledwater.pipeline.TopicReader.Message;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The main job, over the versions whose protocols differ. */
final class PipelineTest {
    private static final String ORDERS =
            "CREATE TABLE orders (id int PRIMARY KEY, item text NOT NULL, amount numeric(10,2), note varchar(40))";

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12", "9.5"})
    void shouldCopyTheTableAndThenEveryChange(String major) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.json(bed.topic("orders"))) {
            bed.sql(ORDERS, "INSERT INTO orders VALUES (1, 'tea', 1.10, NULL), (2, 'salt', 20, 'it''s \"white\"')");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO orders VALUES (3, 'pepper', 0.5, 'ü')",
                        "UPDATE orders SET amount = 2 WHERE id = 1",
                        "DELETE FROM orders WHERE id = 2",
                        "UPDATE orders SET id = 30 WHERE id = 3");
                topic.await(7);
                assertThat(running.snapshots).hasValue(1);
            }
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .containsExactly(
                            "snapshot {\"id\":1} 'tea'",
                            "snapshot {\"id\":2} 'salt'",
                            "insert {\"id\":3} 'pepper'",
                            "update {\"id\":1} 'tea'",
                            "delete {\"id\":2} null",
                            "update {\"id\":3} null",
                            "update {\"id\":30} 'pepper'");
            topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM orders t"), "id");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "12", "9.5"})
    void shouldWriteAvroThatAvrosOwnReaderReads(String major) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.avro(bed.topic("people"))) {
            bed.sql(
                    "CREATE TABLE people (born int, name text, tall bool, weight float8, PRIMARY KEY (name, born))",
                    "INSERT INTO people VALUES (1815, 'Ada', true, 55.5), (1906, 'Grace', NULL, NULL)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO people VALUES (1912, 'Alan', false, -0.125)",
                        "UPDATE people SET weight = 60 WHERE name = 'Grace'",
                        "UPDATE people SET born = 1816 WHERE name = 'Ada'");
                topic.await(6);
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM people t"), "born", "name");
                assertThat(running.rowsCopied).hasValue(2);
            }
        }
    }

    @Test
    void shouldResumeWhereItStoppedWithoutASecondSnapshot() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("orders"))) {
            bed.sql(ORDERS, "INSERT INTO orders VALUES (1, 'tea', 1, NULL)");
            try (Running first = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("INSERT INTO orders VALUES (2, 'salt', 1, NULL)");
                topic.await(2);
                assertThat(first.snapshots).hasValue(1);
            }
            bed.sql("INSERT INTO orders VALUES (3, 'while it was down', 1, NULL)");
            try (Running second = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("INSERT INTO orders VALUES (4, 'after', 1, NULL)");
                topic.await(4);
                assertThat(second.snapshots).hasValue(0);
            }
            assertThat(topic.messages().stream().map(m -> m.key().toString()))
                    .containsExactly("{\"id\":1}", "{\"id\":2}", "{\"id\":3}", "{\"id\":4}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldSendNothingOfWhatWasRolledBack(String major) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.json(bed.topic("orders"))) {
            bed.sql(ORDERS);
            try (Running running = Running.of(bed.settings()).awaitStreaming();
                    Connection session = bed.connect();
                    Statement statement = session.createStatement()) {
                session.setAutoCommit(false);
                statement.execute("INSERT INTO orders VALUES (1, 'aborted', 1, NULL)");
                session.rollback();
                statement.execute("INSERT INTO orders VALUES (2, 'kept', 1, NULL)");
                Savepoint savepoint = session.setSavepoint();
                statement.execute("INSERT INTO orders VALUES (3, 'undone', 1, NULL)");
                session.rollback(savepoint);
                statement.execute("INSERT INTO orders VALUES (4, 'kept', 1, NULL)");
                session.commit();
                topic.await(2);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .containsExactly("insert {\"id\":2} 'kept'", "insert {\"id\":4} 'kept'");
        }
    }

    @Test
    void shouldGiveEveryMessageOfATransactionItsHeaders() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("orders"))) {
            bed.sql(ORDERS);
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("INSERT INTO orders VALUES (1, 'a', 1, NULL), (2, 'b', 1, NULL)");
                List<Message> messages = topic.await(2);
                assertThat(messages.get(0).headers()).isEqualTo(messages.get(1).headers());
                assertThat(messages.get(0).headers()).containsOnlyKeys("pg.op", "pg.lsn", "pg.xid", "pg.time");
                assertThat(messages.get(0).headers().get("pg.xid"))
                        .isEqualTo(bed.query("SELECT xmin FROM orders WHERE id = 1")
                                .get(0));
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldStayEqualWhenStoppedAndStartedTenTimesUnderLoad() throws Exception {
        long seed = System.nanoTime();
        System.out.println("shouldStayEqualWhenStoppedAndStartedTenTimesUnderLoad: seed=" + seed);
        AtomicBoolean over = new AtomicBoolean();
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("counters"))) {
            bed.sql(
                    "CREATE TABLE counters (id int PRIMARY KEY, version int NOT NULL, filler text)",
                    "INSERT INTO counters SELECT i, 0, repeat('x', 50) FROM generate_series(1, 2000) i");
            Thread load = new Thread(() -> work(bed, new Random(seed), over), "load");
            load.start();
            for (int i = 0; i < 10; i++) {
                try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                    int before = topic.messages().size();
                    Waiting.until("the copy gets on", () -> topic.messages().size() >= before + 200);
                    assertThat(running.snapshots).hasValue(i == 0 ? 1 : 0);
                }
            }
            over.set(true);
            load.join();
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM counters t"), "id");
                assertThat(running.snapshots).hasValue(0);
            }
            assertVersionsRise(topic.messages());
        }
    }

    private static void work(TestBed bed, Random random, AtomicBoolean over) {
        try (Connection session = bed.connect();
                PreparedStatement update =
                        session.prepareStatement("UPDATE counters SET version = version + 1 WHERE id = ?")) {
            session.setAutoCommit(false);
            while (!over.get()) {
                int rows = 1 + random.nextInt(20);
                for (int i = 0; i < rows; i++) {
                    update.setInt(1, 1 + random.nextInt(2000));
                    update.executeUpdate();
                }
                if (random.nextInt(10) == 0) {
                    session.rollback();
                } else {
                    session.commit();
                }
            }
            session.commit();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Each version once, in order: nothing lost, nothing twice. */
    private static void assertVersionsRise(List<Message> messages) {
        Map<String, Integer> last = new HashMap<>();
        for (Message message : messages) {
            String key = message.key().toString();
            int version = message.value().get("version").intValue();
            Integer before = last.put(key, version);
            if (before != null && version != before + 1) {
                throw new AssertionError(key + ": version " + version + " after " + before);
            }
        }
    }

    static String summary(Message message) {
        return message.operation() + " " + message.key() + " "
                + (message.value().isNull()
                        ? "null"
                        : "'" + message.value().get("item").asText() + "'");
    }
}
