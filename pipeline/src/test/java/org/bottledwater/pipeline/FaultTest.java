package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletionException;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.junit.jupiter.api.Test;

/** Servers that refuse, go away, or are not there. */
final class FaultTest {
    private static final String TABLE = "CREATE TABLE t (id int PRIMARY KEY, item text, amount int)";

    @Test
    void shouldSayWhatTheRegistryRefusesAndGoOnWhereItStopped() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.avro(bed.topic("t"))) {
            bed.sql(TABLE, "CREATE TABLE other (id int PRIMARY KEY)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .build();
            Running running = Running.of(settings).awaitStreaming();
            bed.sql("INSERT INTO t VALUES (1, 'before', 1)");
            topic.await(1);
            setCompatibility(bed.topic("t") + "-value", "BACKWARD");
            bed.sql("ALTER TABLE t ALTER amount TYPE text", "INSERT INTO t VALUES (2, 'refused', 2)");
            assertThat(running.failure())
                    .hasMessageStartingWith("cannot deliver a message: table=public.t key={\"id\":2}: "
                            + "the schema registry refuses a schema: subject=" + bed.name + ".t-value: ")
                    .hasMessageContaining("amount");

            Settings dropping =
                    new SettingsBuilder(settings).onError(OnError.LOG).build();
            try (TopicReader other = TopicReader.avro(bed.topic("other"));
                    Running second = Running.of(dropping).awaitStreaming()) {
                bed.sql("INSERT INTO other VALUES (1)");
                other.await(1);
                assertThat(second.failureSoFar()).isEmpty();
            }

            // The other way on, and nothing that comes from now on is lost.
            setCompatibility(bed.topic("t") + "-value", "NONE");
            try (Running third = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO t VALUES (3, 'taken', 3)");
                topic.await(2);
                assertThat(third.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .containsExactly("insert {\"id\":1} 'before'", "insert {\"id\":3} 'taken'");
        }
    }

    @Test
    void shouldWaitOutARestartOfKafka() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE);
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("INSERT INTO t SELECT i, 'a', 0 FROM generate_series(1, 1000) i");
                topic.await(1000);
                TestBed.kafka().stop();
                bed.sql("INSERT INTO t SELECT i, 'b', 0 FROM generate_series(1001, 2000) i");
                TestBed.kafka().restart();
                bed.sql("INSERT INTO t SELECT i, 'c', 0 FROM generate_series(2001, 3000) i");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages()).hasSize(3000);
        }
    }

    @Test
    void shouldComeAgainRatherThanLoseWhenDeliveredAtLeastOnce() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE, "INSERT INTO t SELECT i, 'a', 0 FROM generate_series(1, 1000) i");
            Settings settings = new SettingsBuilder(bed.settings())
                    .delivery(Delivery.AT_LEAST_ONCE)
                    .build();
            for (int i = 0; i < 3; i++) {
                try (Running running = Running.of(settings).awaitStreaming()) {
                    bed.sql("UPDATE t SET amount = amount + 1");
                    topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                    assertThat(running.snapshots).hasValue(i == 0 ? 1 : 0);
                }
            }
            // Each stop was a clean one, so nothing had to come again.
            assertThat(topic.messages()).hasSize(4000);
        }
    }

    @Test
    void shouldStopTheOneThatWasFenced() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE);
            Running first = Running.of(bed.settings()).awaitStreaming();
            // Somebody cuts the first one off and starts a second before the first is back.
            bed.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '" + bed.name
                    + "'");
            try (Running second = Running.of(bed.settings())) {
                Throwable failure = Waiting.forOne(first::failureSoFar, second::failureSoFar);
                assertThat(failure)
                        .isInstanceOf(ConfigurationException.class)
                        .message()
                        .containsAnyOf("another instance took over", "is in use: pid=", "is active for PID");
                bed.sql("INSERT INTO t VALUES (1, 'once', 1)");
                topic.await(1);
            } catch (CompletionException e) {
                // The second was the one that had to go; the first goes on.
                assertThat(e).hasCauseInstanceOf(ConfigurationException.class);
            }
            assertThat(topic.await(1)).hasSize(1);
            if (first.failureSoFar().isEmpty()) {
                first.close();
            }
        }
    }

    @Test
    void shouldSayWhichServerCannotBeReachedAtTheStart() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .registries(URI.create("http://user:secret@127.0.0.1:1/path"))
                    .build();
            assertThat(Running.of(settings).failure())
                    .isInstanceOf(ConnectionException.class)
                    .message()
                    .contains("http://127.0.0.1:1/path", "--schema-registry")
                    .doesNotContain("secret");
        }
    }

    private static void setCompatibility(String subject, String level) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(TestBed.registry() + "/config/" + subject))
                                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                .PUT(HttpRequest.BodyPublishers.ofString("{\"compatibility\":\"" + level + "\"}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
}
