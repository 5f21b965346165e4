package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Slot;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much of the log the slot makes the server keep. */
final class RetainedWalTest {
    private static final long MB = 1 << 20;

    /** About 40 MB of the log. */
    private static final String MUCH = " SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 40000) i";

    @Test
    void shouldDropTheSlotWhileKafkaHoldsUpTheStream() throws Exception {
        try (KafkaBroker kafka = KafkaBroker.start();
                TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            Running running =
                    Running.of(limited(bed, kafka, OnMaxWal.DROP_SLOT)).awaitStreaming();
            kafka.kill();
            bed.sql("INSERT INTO t" + MUCH);

            assertThat(running.failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageMatching("(?s)slot " + bed.name + " made the server keep [0-9.]+ MB of its log,"
                            + " --max-retained-wal is 16.0 MB; the slot was dropped, and what was written since"
                            + " [0-9A-F]+/[0-9A-F]+ is not in Kafka\n.*");
            assertThat(slots(bed)).isEmpty();
        }
    }

    @Test
    void shouldEndTheRunWhileItWaitsForKafkaToComeBack() throws Exception {
        try (KafkaBroker kafka = KafkaBroker.start();
                TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            Running running = Running.of(limited(bed, kafka, OnMaxWal.EXIT)).awaitStreaming();
            kafka.kill();
            bed.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '" + bed.name
                    + "'");
            Waiting.until("it waits for Kafka", () -> running.status().state().phase() == RunStatus.Phase.WAITING);
            bed.sql("INSERT INTO t" + MUCH);

            assertThat(running.failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(" --max-retained-wal is 16.0 MB; the slot is still there");
            assertThat(slots(bed)).containsExactly(bed.name);
        }
    }

    @Test
    void shouldNameWhatHoldsTheLog() throws Exception {
        try (TestBed bed = TestBed.on("18");
                Postgres postgres = Postgres.connect(bed.settings().postgres());
                Connection forgotten = bed.connect();
                Statement open = forgotten.createStatement()) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            RunStatus.SlotState seen = new RunStatus.SlotState(100 * MB, 90 * MB, 0);
            assertThat(SlotWatch.holder(postgres, slot(10, 20), seen))
                    .isEqualTo("; 80.0 MB of that are not in Kafka yet");
            assertThat(SlotWatch.holder(postgres, slot(10, 99), seen))
                    .isEqualTo("; most of that is in Kafka, and the server lets go of it soon");

            forgotten.setAutoCommit(false);
            open.execute("INSERT INTO t VALUES (1)");
            Waiting.until(
                    "it is open for long",
                    () -> SlotWatch.holder(postgres, slot(10, 99), seen)
                            .matches("; nearly all of that is in Kafka, but a transaction has been open for [0-9]+ s:"
                                    + " process [0-9]+ of postgres idle in transaction"));
            forgotten.rollback();
        }
    }

    private static Optional<Slot> slot(long restartMegabytes, long confirmedMegabytes) {
        return Optional.of(new Slot(
                "s", "pgoutput", "db", true, 1, restartMegabytes * MB, confirmedMegabytes * MB, "reserved", false, ""));
    }

    /** It keeps 40 MB when the second run begins: no reason to end it, since it catches up. */
    @Test
    void shouldLetARunCatchUpThatBeginsAboveTheLimit() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            Running.of(bed.settings()).awaitStreaming().close();
            bed.sql("INSERT INTO t" + MUCH, "CHECKPOINT");
            Settings settings = new SettingsBuilder(bed.settings())
                    .walLimit(new WalLimit(16 * MB, OnMaxWal.DROP_SLOT, Duration.ofSeconds(20)))
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(40_000);
                bed.sql("CHECKPOINT");
                Waiting.until("the slot keeps little", () -> kept(bed) < 16 * MB);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"18, PGOUTPUT", "18, TEST_DECODING", "9.5, TEST_DECODING"})
    void shouldKeepNothingForWritesElsewhere(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on(major);
                Connection other = DriverManager.getConnection(bed.postgres.jdbcUrl("postgres"), "postgres", "");
                Statement elsewhere = other.createStatement()) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "CREATE TABLE uncaptured (id int PRIMARY KEY, item text)",
                    "CREATE UNLOGGED TABLE unlogged (id int, item text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .tables("t")
                    .plugin(plugin)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO uncaptured" + MUCH);
                awaitLittle(bed);
                elsewhere.execute("CREATE TABLE elsewhere_" + bed.name + " AS" + MUCH);
                awaitLittle(bed);
                // Nothing at all, for a while, after the end of what is left of it.
                elsewhere.execute("DROP TABLE elsewhere_" + bed.name);
                bed.sql("SELECT " + (major.equals("9.5") ? "pg_switch_xlog()" : "pg_switch_wal()"));
                awaitLittle(bed);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** A checkpoint writes what the decoder needs to let go; the server makes one by itself within minutes. */
    private static void awaitLittle(TestBed bed) {
        Waiting.until("the slot keeps little", () -> {
            bed.sql("CHECKPOINT");
            return kept(bed) < MB;
        });
    }

    private static long kept(TestBed bed) throws Exception {
        String difference = bed.query("SHOW server_version_num").get(0).length() == 5
                ? "pg_xlog_location_diff(pg_current_xlog_location(), restart_lsn)"
                : "pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)";
        return Long.parseLong(bed.query("SELECT " + difference
                        + "::bigint FROM pg_replication_slots WHERE slot_name = '" + bed.name + "'")
                .get(0));
    }

    private static Settings limited(TestBed bed, KafkaBroker kafka, OnMaxWal action) {
        return new SettingsBuilder(bed.settings())
                .kafka(new KafkaSettings(kafka.bootstrapServers(), Map.of(), Map.of(), 1, (short) 1, true))
                .walLimit(new WalLimit(16 * MB, action, Duration.ofSeconds(1)))
                .build();
    }

    private static List<String> slots(TestBed bed) throws Exception {
        return bed.query("SELECT slot_name FROM pg_replication_slots WHERE database = '" + bed.name + "'");
    }
}
