package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code bottledwater snapshot}: tables of a running instance are copied once more. */
final class CopyAgainTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void shouldCopyTablesOfARunningInstanceOnceMore(Delivery delivery) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader a = TopicReader.json(bed.topic("a"));
                TopicReader b = TopicReader.json(bed.topic("b"));
                Forgery forgery = new Forgery(bed.topic("a"))) {
            for (String table : new String[] {"a", "b"}) {
                bed.sql(
                        "CREATE TABLE " + table + " (id int PRIMARY KEY, n int)",
                        "INSERT INTO " + table + " SELECT i, 0 FROM generate_series(1, 1000) i");
            }
            Settings settings =
                    new SettingsBuilder(bed.settings()).delivery(delivery).build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                try (Writing application = Writing.to(bed, random -> {
                    int id = 1 + random.nextInt(1000);
                    return "UPDATE a SET n = n + 1 WHERE id = " + id + "; UPDATE b SET n = n + 1 WHERE id = " + id;
                })) {
                    application.awaitCommits(20);
                    forgery.send("{\"id\":7000}".getBytes(UTF_8), "{\"id\":7000,\"n\":0}".getBytes(UTF_8));
                    assertThat(copy(settings, "a")).isEqualTo(CopyAgain.Progress.DONE);
                    application.awaitCommits(20);
                }
                assertThat(running.rowsCopied).hasValue(3000);
                a.awaitRows(() -> bed.query("SELECT row_to_json(a) FROM a"), "id");
                b.awaitRows(() -> bed.query("SELECT row_to_json(b) FROM b"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(b.messages().stream().filter(m -> m.operation().equals("snapshot")))
                    .as("the other table is left alone")
                    .hasSize(1000);
        }
    }

    /** The request is kept until somebody hears it, and heard once. */
    @Test
    void shouldHearOfARequestThatWasMadeWhileNothingRan() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE sales (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "CREATE TABLE low PARTITION OF sales FOR VALUES FROM (0) TO (100)",
                    "CREATE TABLE high PARTITION OF sales FOR VALUES FROM (100) TO (200)",
                    "INSERT INTO sales SELECT generate_series(0, 199)");
            Running.of(bed.settings()).awaitStreaming().close();
            Settings wanted =
                    new SettingsBuilder(bed.settings()).tables("sales").build();
            try (CopyAgain copy = CopyAgain.request(wanted)) {
                assertThat(copy.tables()).hasToString("[public.high, public.low]");
                assertThat(copy.progress()).isEqualTo(CopyAgain.Progress.WAITING);
                try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                    assertThat(copy.progress()).isEqualTo(CopyAgain.Progress.DONE);
                    assertThat(running.rowsCopied).hasValue(200);
                }
            }
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(running.rowsCopied).hasValue(0);
            }
        }
    }

    /**
     * A commit that waits for a standby is in the log, and so in Kafka, before other sessions see it: a copy that began now would put the
     * old row behind the new one, and nothing would come after it.
     */
    @Test
    void shouldNotCopyWhatACommitInKafkaHasReplaced() throws Exception {
        try (TestBed bed = TestBed.on(PostgresOptions.of("18"));
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'old'), (2, 'other')");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
                Thread application = new Thread(() -> update(bed));
                application.start();
                Waiting.until(
                        "the change is in Kafka", () -> topic.fold().toString().contains("new"));
                assertThat(bed.query("SELECT v FROM t WHERE id = 1")).containsExactly("old");
                Settings wanted =
                        new SettingsBuilder(bed.settings()).tables("t").build();
                try (CopyAgain copy = CopyAgain.request(wanted)) {
                    copy.await(CopyAgain.Progress.WAITING, PATIENCE);
                    Waiting.until("the copy waits for it", () -> isLookedFor(bed));
                    bed.sql("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
                    assertThat(copy.await(CopyAgain.Progress.COPYING, PATIENCE)).isEqualTo(CopyAgain.Progress.DONE);
                }
                application.join();
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldSayWhatCanBeAskedFor() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
            assertThatThrownBy(() -> copy(bed.settings(), "a"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("nothing has been copied for slot " + bed.name);
            Running.of(new SettingsBuilder(bed.settings()).tables("a").build())
                    .awaitStreaming()
                    .close();
            assertThatThrownBy(() -> copy(bed.settings(), "b"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessage("no table that is copied is meant by --tables=b\n  copied are public.a");
        }
    }

    private static void update(TestBed bed) {
        try (Connection session = bed.connect();
                Statement statement = session.createStatement()) {
            statement.execute("UPDATE t SET v = 'new' WHERE id = 1");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isLookedFor(TestBed bed) {
        try {
            return !bed.query("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%virtualtransaction%RowExclusiveLock%'"
                            + " AND pid <> pg_backend_pid()")
                    .isEmpty();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static CopyAgain.Progress copy(Settings settings, String tables) throws InterruptedException {
        try (CopyAgain copy =
                CopyAgain.request(new SettingsBuilder(settings).tables(tables).build())) {
            copy.await(CopyAgain.Progress.WAITING, PATIENCE);
            return copy.await(CopyAgain.Progress.COPYING, PATIENCE);
        }
    }
}
