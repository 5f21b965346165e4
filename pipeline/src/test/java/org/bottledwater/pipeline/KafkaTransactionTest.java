package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.pipeline.TopicReader.Message;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;

/** How PostgreSQL's transactions are put into Kafka's. */
final class KafkaTransactionTest {
    private static final String TABLE = "CREATE TABLE t (id int PRIMARY KEY, item text, amount int)";

    @Test
    void shouldPutManySmallTransactionsIntoOne() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE);
            Running.of(bed.settings()).awaitStreaming().close();
            try (Connection session = bed.connect();
                    Statement statement = session.createStatement()) {
                for (int i = 1; i <= 2000; i++) {
                    statement.execute("INSERT INTO t VALUES (" + i + ", 'small', 0)");
                }
            }
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                List<Message> messages = topic.await(2000);
                // Each commit takes one offset of the partition.
                assertThat(messages.get(messages.size() - 1).offset() - messages.size())
                        .isLessThan(200);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldTryATransactionThatIsTooLongForKafkaOnlyTwice() throws Exception {
        // Kafka's default is to look for such transactions every ten seconds.
        try (KafkaBroker strict = KafkaBroker.start(
                        Map.of("transaction.abort.timed.out.transaction.cleanup.interval.ms", "100"));
                TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(strict.bootstrapServers(), bed.topic("t"))) {
            bed.sql(TABLE);
            KafkaSettings impatient = new KafkaSettings(
                    strict.bootstrapServers(), Map.of("transaction.timeout.ms", "1000"), Map.of(), 1, (short) 1, true);
            Settings settings =
                    new SettingsBuilder(bed.settings()).kafka(impatient).build();
            Running first = Running.of(settings).awaitStreaming();
            bed.sql("INSERT INTO t VALUES (0, 'small', 0)");
            topic.await(1);
            bed.sql("INSERT INTO t SELECT i, 'large', 0 FROM generate_series(1, 500000) i");
            assertThat(first.failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith(
                            "the Kafka transaction was open for too long: transaction.timeout.ms=1000, and the"
                                    + " PostgreSQL transaction after ")
                    .hasMessageEndingWith(
                            "; it was tried twice\n  raise the broker's transaction.max.timeout.ms (and -C"
                                    + " transaction.timeout.ms if you gave it), or use --delivery=at-least-once");
            assertThat(topic.messages()).as("nothing of it is seen").hasSize(1);

            Settings other = new SettingsBuilder(settings)
                    .delivery(Delivery.AT_LEAST_ONCE)
                    .build();
            try (Running second = Running.of(other).awaitStreaming()) {
                long before = topic.end();
                Waiting.until("it is delivered", () -> topic.end() >= before + 500_000);
                assertThat(second.failureSoFar()).isEmpty();
            }
        }
    }
}
