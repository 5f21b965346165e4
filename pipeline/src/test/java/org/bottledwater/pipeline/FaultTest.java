package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.sandbox.Proxy;
import org.bottledwater.sandbox.Waiting;
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

    /** By the broker's clock these are too old; a database whose clock is ahead is the same on the other side. */
    @Test
    void shouldSendWhatATopicTakesForTooOld() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"));
                TopicReader transactions = TopicReader.json(bed.topic("tx"));
                TopicReader messages = TopicReader.text(bed.topic("msg"))) {
            bed.sql(TABLE);
            Settings settings = new SettingsBuilder(bed.settings())
                    .topics(Map.of("message.timestamp.before.max.ms", "2000"), true)
                    .transactionsTopic(bed.topic("tx"))
                    .messagesTopic(bed.topic("msg"))
                    .build();
            Running.of(settings).awaitStreaming().close();
            bed.sql(
                    "BEGIN; INSERT INTO t VALUES (1, 'old', 1); SELECT pg_logical_emit_message(true, 'p', 'c'); COMMIT");
            String committed =
                    bed.query("SELECT extract(epoch FROM clock_timestamp())").get(0);
            Waiting.until(
                    "it is too old",
                    () -> bed.query("SELECT extract(epoch FROM clock_timestamp()) - 3 > " + committed)
                            .equals(List.of("t")));
            try (Running running = Running.of(settings).awaitStreaming()) {
                assertThat(topic.await(1).get(0).headers()).containsKey("pg.time");
                transactions.await(1);
                messages.await(1);
                assertThat(running.failureSoFar()).isEmpty();
                assertThat(running.status().outages()).isZero();
            }
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

    /** Somebody cuts the first one off while a second waits: whichever is not at work stands by, or was fenced and says so. */
    @Test
    void shouldLeaveTheSlotToOneOfTwo() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE);
            List<Running> two = List.of(Running.of(bed.settings()).awaitStreaming(), Running.of(bed.settings()));
            for (int i = 1; i <= 5; i++) {
                bed.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '"
                        + bed.name + "'");
                bed.sql("INSERT INTO t VALUES (" + i + ", 'once', 1)");
                topic.await(i);
            }
            List<Throwable> failures = two.stream()
                    .flatMap(running -> running.failureSoFar().stream())
                    .toList();
            assertThat(failures)
                    .hasSizeLessThan(2)
                    .allSatisfy(failure -> assertThat(failure)
                            .isInstanceOf(ConfigurationException.class)
                            .hasMessageContaining("another instance took over"));
            two.stream().filter(running -> running.failureSoFar().isEmpty()).forEach(Running::close);
            assertThat(topic.messages()).hasSize(5);
        }
    }

    @Test
    void shouldStandByUntilTheSlotIsFreeAndTakeOverWithinSeconds() throws Exception {
        try (TestBed bed = TestBed.on("18");
                Proxy network = Proxy.open();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            network.forwardTo(bed.postgres.port());
            bed.sql(TABLE, "INSERT INTO t VALUES (1, 'copied', 1)");
            Running first = Running.of(bed.settings()).awaitStreaming();
            try (Running second = Running.of(throughNetwork(bed, network))) {
                Waiting.until(
                        "the second one stands by",
                        () -> second.state().reason().startsWith("standing by: the slot is in use by process "));
                // An outage is no reason to leave.
                network.cut();
                bed.sql("CREATE TABLE made_meanwhile (id int PRIMARY KEY)", "INSERT INTO t VALUES (2, 'first', 1)");
                topic.await(2);
                first.close();
                long free = System.nanoTime();
                second.awaitStreaming();
                assertThat(Duration.ofNanos(System.nanoTime() - free)).isLessThan(Duration.ofSeconds(20));
                bed.sql("INSERT INTO t VALUES (3, 'second', 1)");
                topic.await(3);
                assertThat(second.rowsCopied).hasValue(0);
            }
            assertThat(topic.messages()).hasSize(3);
        }
    }

    /** Nothing tells either side; the slot stays in use on the server, by nobody. */
    @Test
    void shouldGoOnWhenNothingPassesThroughItsConnectionsAnyMore() throws Exception {
        try (TestBed bed = TestBed.on("9.5");
                Proxy network = Proxy.open();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            network.forwardTo(bed.postgres.port());
            bed.sql(TABLE);
            try (Running running = Running.of(throughNetwork(bed, network)).awaitStreaming()) {
                bed.sql("INSERT INTO t VALUES (1, 'before', 1)");
                topic.await(1);
                network.forget();
                bed.sql("INSERT INTO t VALUES (2, 'after', 1)");
                Waiting.until(
                        "it has noticed",
                        Duration.ofSeconds(150),
                        () -> topic.messages().size() == 2);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldSayWhichServerCannotBeReachedAtTheStart() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .registry("http://user:secret@127.0.0.1:1/path")
                    .build();
            assertThat(Running.of(settings).failure())
                    .isInstanceOf(ConnectionException.class)
                    .message()
                    .contains("http://127.0.0.1:1/path", "--schema-registry")
                    .doesNotContain("secret");
        }
    }

    /** The row's large value is read from the table, by a session that gets no answer. */
    @Test
    void shouldStopWithinSecondsAlsoWhileItWaitsForAnAnswerThatDoesNotCome() throws Exception {
        try (TestBed bed = TestBed.on("18");
                Proxy network = Proxy.open();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            network.forwardTo(bed.postgres.port());
            bed.sql(
                    TABLE,
                    "ALTER TABLE t ALTER item SET STORAGE EXTERNAL",
                    "INSERT INTO t VALUES (1, repeat('x', 10000), 1)");
            Running running = Running.of(throughNetwork(bed, network)).awaitStreaming();
            bed.sql("UPDATE t SET amount = 2");
            topic.await(2);
            network.forgetNewest();
            bed.sql("UPDATE t SET amount = 3");
            // It has arrived, or will before the stop gets there.
            TimeUnit.MILLISECONDS.sleep(1000);
            long before = System.nanoTime();
            running.close();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
            try (Running next = Running.of(bed.settings()).awaitStreaming()) {
                topic.await(3);
                assertThat(next.rowsCopied).hasValue(0);
            }
        }
    }

    @Test
    void shouldGiveUpAnOutageThatIsTooLongAndDeliverWithTheNextRun() throws Exception {
        try (TestBed bed = TestBed.on("18");
                Proxy network = Proxy.open();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            network.forwardTo(bed.postgres.port());
            bed.sql(TABLE);
            Settings settings = new SettingsBuilder(throughNetwork(bed, network))
                    .giveUpAfter(Duration.ofSeconds(3))
                    .build();
            Running running = Running.of(settings).awaitStreaming();
            bed.sql("INSERT INTO t VALUES (1, 'before', 1)");
            topic.await(1);
            // Shorter ones do not add up.
            for (int i = 2; i <= 4; i++) {
                network.refuse();
                bed.sql("INSERT INTO t VALUES (" + i + ", 'meanwhile', 1)");
                TimeUnit.MILLISECONDS.sleep(1200);
                network.heal();
                topic.await(i);
            }
            network.refuse();
            bed.sql("INSERT INTO t VALUES (5, 'after', 1)");
            assertThat(running.failure())
                    .isInstanceOf(ConnectionException.class)
                    .hasMessageContaining("giving up, as --give-up-after");
            network.heal();
            try (Running next = Running.of(settings).awaitStreaming()) {
                topic.await(5);
                assertThat(next.rowsCopied).hasValue(0);
            }
            assertThat(topic.messages()).hasSize(5);
        }
    }

    @Test
    void shouldGiveUpAnOutageOfKafkaThatIsTooLongAndDeliverWithTheNextRun() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE);
            Settings settings = new SettingsBuilder(bed.settings())
                    .giveUpAfter(Duration.ofSeconds(3))
                    .build();
            Running running = Running.of(settings).awaitStreaming();
            bed.sql("INSERT INTO t VALUES (0, 'before', 0)");
            topic.await(1);
            TestBed.kafka().stop();
            try {
                bed.sql("INSERT INTO t SELECT i, 'a', 0 FROM generate_series(1, 1000) i");
                assertThat(running.failure())
                        .isInstanceOf(ConnectionException.class)
                        .hasMessageContaining("giving up, as --give-up-after");
            } finally {
                TestBed.kafka().restart();
            }
            try (Running next = Running.of(settings).awaitStreaming()) {
                topic.await(1001);
                assertThat(next.rowsCopied).hasValue(0);
            }
            assertThat(topic.messages()).hasSize(1001);
        }
    }

    /** No retry mends that, not even where everything was well before. */
    @Test
    void shouldStopAtOnceWhenItIsNotLetInAnyMore() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            String role = bed.name + "_role";
            bed.sql(
                    TABLE,
                    "CREATE ROLE " + role + " LOGIN REPLICATION SUPERUSER",
                    "GRANT ALL ON DATABASE " + bed.name + " TO " + role);
            Settings settings = TestBed.settings(
                    bed.postgres.uri(bed.name).replace("postgres@", role + "@"),
                    bed.name,
                    TestBed.kafka().bootstrapServers(),
                    TestBed.registry());
            Running running = Running.of(settings).awaitStreaming();
            bed.sql(
                    "ALTER ROLE " + role + " NOLOGIN",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + role + "'");
            assertThat(running.failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("is not permitted to log in");
        }
    }

    static Settings throughNetwork(TestBed bed, Proxy network) {
        return TestBed.settings(
                "postgres://postgres@127.0.0.1:" + network.port() + "/" + bed.name,
                bed.name,
                TestBed.kafka().bootstrapServers(),
                TestBed.registry());
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
