package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever takes the position away, while the program is down or runs: it is noticed, and the chosen way is gone. */
final class LostPositionTest {
    private static final String TABLE = "CREATE TABLE t (id int PRIMARY KEY, item text)";

    /** What somebody does to the slot while the program is down. */
    enum Loss {
        DROPPED(" is gone: ", "SELECT pg_drop_replication_slot('%s')"),
        MADE_ANEW(
                " was advanced, or dropped and made anew, by somebody else: ",
                "SELECT pg_drop_replication_slot('%1$s');"
                        + " SELECT pg_create_logical_replication_slot('%1$s', 'pgoutput')"),
        ADVANCED(
                " was advanced, or dropped and made anew, by somebody else: ",
                "SELECT pg_replication_slot_advance('%s', pg_current_wal_lsn())"),
        WITHOUT_PUBLICATION(" is older than the publications ", "DROP PUBLICATION %s");

        private final String message;
        private final String statements;

        Loss(String message, String statements) {
            this.message = message;
            this.statements = statements;
        }

        void strike(TestBed bed) throws SQLException {
            bed.sql(String.format(statements, bed.name));
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void shouldSayWhatHappenedWhileItWasDownAndCopyAnewIfThatIsChosen(Loss loss) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE, "INSERT INTO t VALUES (1, 'old'), (2, 'old')");
            Running.of(bed.settings()).awaitStreaming().close();
            bed.sql("UPDATE t SET item = 'missed' WHERE id = 1", "INSERT INTO t VALUES (3, 'missed')");
            loss.strike(bed);

            assertThat(Running.of(bed.settings()).failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("slot " + bed.name + loss.message)
                    .hasMessageContaining("\n  copy everything again:  --on-lost-slot=resnapshot\n  or ");
            assertThat(lastFinding(bed.settings()).level()).isEqualTo(Finding.Level.PROBLEM);
            Finding chosen = lastFinding(resnapshot(bed.settings()));
            assertThat(chosen.level()).isEqualTo(Finding.Level.WARNING);
            assertThat(chosen.text())
                    .startsWith("slot " + bed.name + loss.message)
                    .endsWith("; a run makes a new slot and copies every table again");

            copiesAnew(bed, topic, resnapshot(bed.settings()));
        }
    }

    @ParameterizedTest
    @EnumSource(OnLostSlot.class)
    void shouldNoticeThatTheSlotIsGoneWhenItsConnectionWasCut(OnLostSlot policy) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE);
            Settings settings =
                    new SettingsBuilder(bed.settings()).onLostSlot(policy).build();
            Running running = Running.of(settings).awaitStreaming();
            String madeAt = restartLsn(bed);
            // In one statement, so that the run is not back in between.
            Waiting.until("the slot is dropped", () -> {
                try {
                    bed.sql("DO $$ BEGIN PERFORM pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots"
                            + " WHERE slot_name = '" + bed.name + "' AND active; PERFORM pg_drop_replication_slot('"
                            + bed.name + "'); END $$");
                    return true;
                } catch (SQLException e) {
                    return false;
                }
            });
            bed.sql("INSERT INTO t VALUES (1, 'missed')");
            if (policy == OnLostSlot.EXIT) {
                assertThat(running.failure())
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageStartingWith("slot " + bed.name + " is gone: ");
            } else {
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                assertThat(restartLsn(bed)).isNotEqualTo(madeAt);
                running.close();
            }
        }
    }

    @Test
    void shouldNoticeThatItsPublicationIsGoneWhileItRuns() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(TABLE);
            Running running = Running.of(bed.settings()).awaitStreaming();
            bed.sql("DROP PUBLICATION " + bed.name, "INSERT INTO t VALUES (1, 'missed')");
            assertThat(running.failure())
                    .hasMessageStartingWith("slot " + bed.name + " is older than the publications ");
        }
    }

    @ParameterizedTest
    @EnumSource(OnLostSlot.class)
    void shouldNoticeThatTheCheckpointIsGoneFromKafka(OnLostSlot policy) throws Exception {
        try (KafkaBroker kafka = KafkaBroker.start(Map.of("auto.create.topics.enable", "false"));
                TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(kafka.bootstrapServers(), bed.topic("t"))) {
            bed.sql(TABLE, "INSERT INTO t VALUES (1, 'old')");
            Settings settings = new SettingsBuilder(bed.settings())
                    .kafka(new KafkaSettings(kafka.bootstrapServers(), Map.of(), Map.of(), 1, (short) 1, true))
                    .onLostSlot(policy)
                    .build();
            Running running = Running.of(settings).awaitStreaming();
            deleteCheckpoints(kafka);
            bed.sql(
                    "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '" + bed.name
                            + "'",
                    "INSERT INTO t VALUES (2, 'new')");
            if (policy == OnLostSlot.RESNAPSHOT) {
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                running.close();
                return;
            }
            assertThat(running.failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("the checkpoint of slot " + bed.name + " is gone from Kafka: ");

            // The next start knows it by the publications.
            assertThat(Running.of(settings).failure())
                    .hasMessageStartingWith("the checkpoint of slot " + bed.name + " is gone from Kafka: ");
            copiesAnew(bed, topic, resnapshot(settings));
        }
    }

    @Test
    void shouldNoticeThatTheServerGaveUpTheSlotWhileKafkaWasAway() throws Exception {
        try (KafkaBroker kafka = KafkaBroker.start();
                PostgresServer postgres =
                        PostgresServer.start(PostgresOptions.of("18").with("max_slot_wal_keep_size", "1MB"));
                TopicReader topic = TopicReader.json(kafka.bootstrapServers(), "invalidated.t")) {
            OtherServerTest.sql(postgres, TABLE, "INSERT INTO t VALUES (1, 'old')");
            Settings settings = TestBed.settings(
                    postgres.uri("postgres"), "invalidated", kafka.bootstrapServers(), TestBed.registry());
            Running running = Running.of(settings).awaitStreaming();
            kafka.kill();
            OtherServerTest.sql(
                    postgres,
                    "INSERT INTO t VALUES (2, 'missed')",
                    "SELECT pg_logical_emit_message(false, 'much', repeat('x', 60000000))",
                    "CHECKPOINT",
                    "SELECT pg_switch_wal()",
                    "CHECKPOINT");
            kafka.restart();
            assertThat(running.failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("slot invalidated was invalidated: the server gave up what was not read"
                            + " yet, it was more than max_slot_wal_keep_size\n");
            try (Running second = Running.of(resnapshot(settings)).awaitStreaming()) {
                topic.awaitRows(() -> OtherServerTest.sql(postgres, "SELECT row_to_json(t) FROM t"), "id");
                assertThat(second.failureSoFar()).isEmpty();
            }
        }
    }

    /** The next run completes it, whatever that one is told. */
    @Test
    void shouldCompleteACopyAnewThatWasKilledBeforeTheOldSlotWasDropped() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLE, "INSERT INTO t VALUES (1, 'old')");
            Running.of(bed.settings()).awaitStreaming().close();
            bed.sql("INSERT INTO t VALUES (2, 'missed')");
            Loss.ADVANCED.strike(bed);
            try (Connections servers = Connections.open(bed.settings())) {
                Sink sink = servers.sink();
                CheckpointState state = servers.checkpoint();
                List<CheckpointEntry> entries = new ArrayList<>(List.of(state.tablesGone()));
                entries.add(state.checkpoint().orElseThrow().at(Lsn.INVALID).with(SnapshotState.WANTED));
                sink.commit(entries.toArray(CheckpointEntry[]::new));
            }
            copiesAnew(bed, topic, bed.settings());
        }
    }

    @Test
    void shouldNotCopyAnewForEver() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(TABLE, "INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 500000) i");
            Running first = Running.of(resnapshot(bed.settings()));
            Waiting.until("the copy begins", () -> first.snapshots.get() > 0);
            for (int i = 1; i <= 2; i++) {
                int copies = i;
                bed.sql("DO $$ BEGIN PERFORM pg_drop_replication_slot('" + bed.name + "');"
                        + " PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + bed.name
                        + "' AND pid <> pg_backend_pid(); END $$");
                Waiting.until(
                        "it is copied anew, or not",
                        () -> first.snapshots.get() > copies
                                || first.failureSoFar().isPresent());
            }
            assertThat(first.failure())
                    .hasMessageContaining("; the position was lost again before everything was copied again\n  give");
        }
    }

    private static Finding lastFinding(Settings settings) {
        List<Finding> findings = new ArrayList<>();
        Check.run(settings, findings::add);
        return findings.get(findings.size() - 1);
    }

    static void copiesAnew(TestBed bed, TopicReader topic, Settings settings) throws Exception {
        try (Running running = Running.of(settings).awaitStreaming()) {
            topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
            bed.sql("INSERT INTO t VALUES (100, 'live')");
            topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
            assertThat(running.snapshots).hasValue(1);
            assertThat(running.failureSoFar()).isEmpty();
        }
        // And from then on as ever.
        try (Running running = Running.of(settings).awaitStreaming()) {
            assertThat(running.snapshots).hasValue(0);
        }
    }

    static Settings resnapshot(Settings settings) {
        return new SettingsBuilder(settings).onLostSlot(OnLostSlot.RESNAPSHOT).build();
    }

    private static String restartLsn(TestBed bed) throws SQLException {
        return bed.query("SELECT min(restart_lsn) FROM pg_replication_slots WHERE slot_name = '" + bed.name + "'")
                .get(0);
    }

    private static void deleteCheckpoints(KafkaBroker kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()))) {
            admin.deleteTopics(Set.of(CheckpointTopic.DEFAULT_NAME)).all().get();
            Waiting.until(
                    "the topic is gone",
                    () -> !admin.listTopics().names().get().contains(CheckpointTopic.DEFAULT_NAME));
        }
    }
}
