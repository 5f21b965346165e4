package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bottledwater.pipeline.TopicReader.Message;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A standby is promoted while the run copies a busy primary, which dies. */
final class FailoverTest {
    private static final int KEYS = 50;
    private static final int KEYS_OF_A_TRANSACTION = 3;

    /** One will do, since neither version nor plugin make a difference, unless every version is tested. */
    static List<Way> ways() {
        List<Way> able = Way.all().stream().filter(way -> way.has(17)).toList();
        return able.stream().anyMatch(way -> way.major().equals("17")) ? able : able.subList(0, 1);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldGoOnFromThePromotedStandbyWithNothingLostAndNothingTwice(Way way) throws Exception {
        String slot = "failover_" + way.major() + way.plugin().name().toLowerCase(Locale.ROOT);
        try (PostgresServer primary =
                PostgresServer.start(PostgresOptions.of(way.major()).with("synchronized_standby_slots", "standby"))) {
            OtherServerTest.sql(
                    primary,
                    "CREATE TABLE t (id int PRIMARY KEY, version bigint NOT NULL, tag bigint NOT NULL)",
                    "INSERT INTO t SELECT i, 0, -1 FROM generate_series(1, " + KEYS + ") i",
                    "SELECT pg_create_physical_replication_slot('standby', true)");
            try (PostgresServer standby = primary.startStandby(following(primary));
                    TopicReader topic = TopicReader.json(slot + ".t")) {
                Settings settings = new SettingsBuilder(TestBed.settings(
                                "postgres://postgres@127.0.0.1:" + primary.port() + ",127.0.0.1:" + standby.port()
                                        + "/postgres",
                                slot,
                                TestBed.kafka().bootstrapServers(),
                                TestBed.registry()))
                        .plugin(way.plugin())
                        .failoverSlot()
                        .build();
                try (Running running = Running.of(settings).awaitStreaming()) {
                    // Only now, since the worker of a standby without anything to copy soon looks every 30 s only.
                    OtherServerTest.sql(
                            standby, "ALTER SYSTEM SET sync_replication_slots = on", "SELECT pg_reload_conf()");
                    try (Load load = new Load(primary, 0)) {
                        load.awaitTransactions(200);
                        Waiting.until(
                                "the standby has a copy of the slot",
                                () -> OtherServerTest.sql(
                                                standby,
                                                "SELECT slot_name FROM pg_replication_slots WHERE synced AND NOT temporary")
                                        .contains(slot));
                        load.awaitTransactions(200);
                        primary.kill();
                    }
                    OtherServerTest.sql(standby, "SELECT pg_promote()");
                    try (Load load = new Load(standby, 1L << 32)) {
                        load.awaitTransactions(200);
                    }
                    topic.awaitRows(() -> OtherServerTest.sql(standby, "SELECT row_to_json(t) FROM t"), "id");
                    assertThat(running.failureSoFar()).isEmpty();
                    assertThat(running.snapshots).hasValue(1);
                }
                assertWholeAndOnce(topic.messages());
                assertThat(OtherServerTest.sql(standby, "SELECT count(*) FROM pg_replication_slots"))
                        .containsExactly("1");
            }
        }
    }

    @Test
    void shouldMakeAFailoverSlotOfOneThatIsThere() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            String ask = "SELECT failover FROM pg_replication_slots WHERE slot_name = '" + bed.name + "'";
            Running.of(bed.settings()).awaitStreaming().close();
            assertThat(bed.query(ask)).containsExactly("f");
            Settings settings =
                    new SettingsBuilder(bed.settings()).failoverSlot().build();
            assertThat(texts(settings))
                    .contains("slot " + bed.name + " is no failover slot: a run makes it one")
                    .contains("a standby that takes over may lack what was copied already:"
                            + " synchronized_standby_slots is empty");
            Running.of(settings).awaitStreaming().close();
            assertThat(bed.query(ask)).containsExactly("t");
            assertThat(texts(settings)).noneMatch(text -> text.contains("no failover slot"));
        }
    }

    @Test
    void shouldSayThatAnOlderServerCannotDoThat() throws Exception {
        try (TestBed bed = TestBed.on("15")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).failoverSlot().build();
            assertThat(Running.of(settings).failure())
                    .hasMessageStartingWith("--failover-slot needs PostgreSQL 17: version=15.");
            assertThat(texts(settings)).anyMatch(text -> text.startsWith("--failover-slot needs PostgreSQL 17: "));
            assertThat(bed.query("SELECT pubname FROM pg_publication")).isEmpty();
        }
    }

    private static List<String> texts(Settings settings) {
        List<String> texts = new ArrayList<>();
        Check.run(settings, finding -> texts.add(finding.text()));
        return texts;
    }

    private static Map<String, String> following(PostgresServer primary) {
        return Map.of(
                "primary_conninfo",
                "host=127.0.0.1 port=" + primary.port() + " user=postgres dbname=postgres",
                "primary_slot_name",
                "standby",
                "hot_standby_feedback",
                "on",
                "sync_replication_slots",
                "off",
                "synchronized_standby_slots",
                "");
    }

    /** The versions of a key rise by one from message to message, and all keys of a transaction are there, once. */
    private static void assertWholeAndOnce(List<Message> messages) {
        Map<JsonNode, Long> versions = new HashMap<>();
        Map<Long, Integer> transactions = new HashMap<>();
        for (Message message : messages) {
            long version = message.value().get("version").asLong();
            Long before = versions.put(message.key(), version);
            if (before != null) {
                assertThat(version)
                        .as("the version after %s of %s", before, message.key())
                        .isEqualTo(before + 1);
            }
            transactions.merge(message.value().get("tag").asLong(), 1, Integer::sum);
        }
        transactions.remove(-1L);
        assertThat(transactions.keySet())
                .as("transactions of both servers")
                .anyMatch(tag -> tag < 1L << 32)
                .anyMatch(tag -> tag >= 1L << 32);
        assertThat(transactions.values()).containsOnly(KEYS_OF_A_TRANSACTION);
    }

    /** An application: each transaction has a tag and updates three different keys. It ends when its server dies. */
    private static final class Load implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicLong transactions = new AtomicLong();
        private final CompletableFuture<Void> ended;

        Load(PostgresServer server, long firstTag) {
            long seed = System.nanoTime();
            System.out.println("load: port=" + server.port() + " seed=" + seed);
            ended = CompletableFuture.runAsync(() -> write(server, firstTag, new Random(seed)));
        }

        private void write(PostgresServer server, long firstTag, Random random) {
            try (Connection session = DriverManager.getConnection(server.jdbcUrl("postgres"), "postgres", "");
                    Statement statement = session.createStatement()) {
                session.setAutoCommit(false);
                while (!over.get()) {
                    long tag = firstTag + transactions.get();
                    int first = random.nextInt(KEYS);
                    for (int i = 0; i < KEYS_OF_A_TRANSACTION; i++) {
                        statement.execute("UPDATE t SET version = version + 1, tag = " + tag + " WHERE id = "
                                + ((first + i) % KEYS + 1));
                    }
                    session.commit();
                    transactions.incrementAndGet();
                }
            } catch (SQLException e) {
                // It was killed. Whether the last commit has come to be, the standby knows.
            }
        }

        void awaitTransactions(int more) {
            long before = transactions.get();
            Waiting.until("the application has committed", () -> {
                assertThat(ended).isNotDone();
                return transactions.get() >= before + more;
            });
        }

        @Override
        public void close() {
            over.set(true);
            ended.join();
        }
    }
}
