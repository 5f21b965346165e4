package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.kafka.Topics;
import org.bottledwater.pipeline.Finding.Level;
import org.bottledwater.postgres.Inspection;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bottledwater check}: what it finds is what a run would meet, and it leaves nothing behind. */
final class CheckTest {
    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "9.5"})
    void shouldFindNothingWrongWhereARunWorksAndMakeNothing(String major) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)", "INSERT INTO t VALUES (1, 'a')", "ANALYZE t");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .build();

            List<Finding> findings = check(settings);

            assertThat(problems(findings)).isEmpty();
            assertThat(texts(findings))
                    .contains("1 table, 16.0 kB, about 1 rows: a snapshot takes some 1 s on two cores")
                    .contains("every captured table has a key")
                    .contains("topics to be made: " + bed.topic("t"))
                    .contains("there is no checkpoint: a run begins with a snapshot")
                    .contains("it would take the schemas of all captured tables: 2");
            assertThat(slots(bed)).isEmpty();
            if (!major.startsWith("9.")) {
                assertThat(bed.query("SELECT pubname FROM pg_publication")).isEmpty();
            }
            try (Topics topics = new Topics(settings.kafka())) {
                assertThat(topics.missing(Set.of(bed.topic("t")))).containsExactly(bed.topic("t"));
            }
        }
    }

    @Test
    void shouldTellWhereARunWouldGoOn() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(texts(check(bed.settings())))
                        .as("next to a running instance")
                        .anyMatch(text -> text.startsWith("slot " + bed.name + " is there, plugin=pgoutput,")
                                && text.contains("; it is in use by process "));
                assertThat(running.failureSoFar()).isEmpty();
            }

            List<Finding> findings = check(bed.settings());

            assertThat(problems(findings)).isEmpty();
            assertThat(texts(findings)).anyMatch(text -> text.startsWith("there is a checkpoint: a run goes on at "));
        }
    }

    @Test
    void shouldNameEverythingThatKeepsARunFromWorkingWithWhatMendsIt() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE keyed (id int PRIMARY KEY)",
                    "CREATE TABLE log (item text)",
                    "CREATE TABLE secret (id int PRIMARY KEY)",
                    "ALTER TABLE secret ENABLE ROW LEVEL SECURITY",
                    "CREATE TABLE \"a/b\" (id int PRIMARY KEY)",
                    "CREATE TABLE \"a_2f_b\" (id int PRIMARY KEY)",
                    "CREATE ROLE plain_" + bed.name + " LOGIN",
                    "GRANT SELECT ON secret, keyed, \"a/b\", \"a_2f_b\" TO plain_" + bed.name);
            String uri = bed.postgres.uri(bed.name).replace("postgres@", "plain_" + bed.name + "@");
            Settings settings = TestBed.settings(uri, bed.name, TestBed.kafka().bootstrapServers(), TestBed.registry());

            List<String> problems = problems(check(settings));

            assertThat(problems).hasSize(6);
            assertThat(problems.get(0)).contains("ALTER ROLE \"plain_" + bed.name + "\" REPLICATION");
            assertThat(problems.get(1))
                    .isEqualTo("the role may not read every captured table; grant it, or leave them out"
                            + "\n    GRANT SELECT ON \"public\".\"log\" TO \"plain_" + bed.name + "\";");
            assertThat(problems.get(2))
                    .startsWith("row-level security hides rows from this role: public.secret\n    ALTER ROLE ");
            assertThat(problems.get(3))
                    .startsWith("a table has neither a primary key nor a replica identity index\n    public.log\n");
            assertThat(problems.get(4))
                    .startsWith(
                            "tables would share a topic\n    \"public\".\"a/b\" and \"public\".\"a_2f_b\" -> topic ");
            assertThat(problems.get(5))
                    .as("what would keep a run from working once the others are mended")
                    .startsWith("publication: this role owns neither all captured tables nor is it a superuser");
        }
    }

    @Test
    void shouldTellOfTopicsWithTooFewPartitions() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            KafkaSettings one = bed.settings().kafka();
            try (Topics topics = new Topics(one)) {
                topics.ensure(bed.topic("t"), true);
            }
            KafkaSettings six = new KafkaSettings(
                    one.bootstrapServers(), one.clientConfig(), one.topicConfig(), 6, one.replicationFactor(), true);

            List<Finding> findings =
                    check(new SettingsBuilder(bed.settings()).kafka(six).build());

            assertThat(problems(findings)).isEmpty();
            assertThat(texts(findings))
                    .contains(
                            "topics exist, and stay as they are, with another number of partitions than --partitions=6: "
                                    + bed.topic("t") + " has 1");
        }
    }

    @Test
    void shouldNotChooseThePluginForTablesThatCannotBeCapturedAsTheyAre() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE log (item text)");

            List<Finding> findings = check(bed.settings());

            assertThat(problems(findings)).hasSize(1);
            assertThat(texts(findings))
                    .contains("decoded by pgoutput")
                    .noneMatch(text -> text.contains("test_decoding"));
        }
    }

    @Test
    void shouldLookAtTheServersSettings() throws Exception {
        try (PostgresServer postgres = PostgresServer.start(PostgresOptions.of("18")
                        .with("max_replication_slots", "1")
                        .with("max_wal_senders", "0"));
                Connection session = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = session.createStatement()) {
            statement.execute("SELECT pg_create_logical_replication_slot('other', 'pgoutput')");
            Settings settings = TestBed.settings(
                    postgres.uri("postgres"), "checked", TestBed.kafka().bootstrapServers(), TestBed.registry());

            assertThat(problems(check(settings)))
                    .contains("there is no free replication slot: 1 of 1 replication slots are in use"
                            + "\n    ALTER SYSTEM SET max_replication_slots = 6;  then restart PostgreSQL")
                    .contains("there is no free walsender: 0 of 0 walsenders are in use"
                            + "\n    ALTER SYSTEM SET max_wal_senders = 5;  then restart PostgreSQL");
        }
    }

    @Test
    void shouldLookAtWhatTheSlotKeeps() throws Exception {
        try (PostgresServer postgres =
                        PostgresServer.start(PostgresOptions.of("18").with("max_slot_wal_keep_size", "1GB"));
                Connection session = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = session.createStatement()) {
            statement.execute("CREATE TABLE t (id int PRIMARY KEY, item text)");
            statement.execute("SELECT pg_create_logical_replication_slot('checked', 'pgoutput')");
            statement.execute("INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 5000) i");
            Settings settings = TestBed.settings(
                    postgres.uri("postgres"), "checked", TestBed.kafka().bootstrapServers(), TestBed.registry());

            assertThat(texts(check(limited(settings, 1 << 20))))
                    .contains("slot checked keeps more than --max-retained-wal=1.0 MB already: a run ends that does not"
                            + " catch up, within 20 s");
            assertThat(texts(check(limited(settings, 2L << 30))))
                    .contains(
                            "--max-retained-wal=2.0 GB is never reached: the server takes the slot's log away earlier,"
                                    + " max_slot_wal_keep_size=1GB");
            assertThat(texts(check(settings))).noneMatch(text -> text.contains("--max-retained-wal"));
        }
    }

    private static Settings limited(Settings settings, long bytes) {
        return new SettingsBuilder(settings)
                .walLimit(new WalLimit(bytes, OnMaxWal.EXIT, WalLimit.PATIENCE))
                .build();
    }

    @Test
    void shouldSayWhichServersAreAwayAndGoOn() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Settings away = TestBed.settings(bed.postgres.uri(bed.name), bed.name, "127.0.0.1:1", TestBed.registry());
            Settings settings =
                    new SettingsBuilder(away).format(OutputFormat.AVRO).build();

            List<Finding> findings = check(settings);

            assertThat(problems(findings))
                    .singleElement()
                    .asString()
                    .startsWith("cannot reach Kafka at 127.0.0.1:1: no answer in time");
            assertThat(texts(findings)).contains("it would take the schemas of all captured tables: 2");
        }
    }

    /** Of a database that is away nobody knows the tables, so nothing is said of their topics. */
    @Test
    void shouldSayNothingOfTopicsWhenTheDatabaseIsAway() throws Exception {
        Settings away = TestBed.settings(
                "postgres://postgres@127.0.0.1:1/shop", "away", TestBed.kafka().bootstrapServers(), TestBed.registry());

        List<Finding> findings = check(away);

        assertThat(problems(findings)).singleElement().asString().startsWith("cannot connect: host=127.0.0.1:1");
        assertThat(texts(findings)).noneMatch(text -> text.contains("topics"));
    }

    @Test
    void shouldTellOfTransactionsThatTheSlotWouldWaitFor() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'forgotten''s'");
            try (Postgres session = Postgres.connect(bed.settings().postgres())) {
                assertThat(new Inspection(session).openTransactions(Duration.ZERO))
                        .anyMatch(open -> open.pid() == 0 && open.name().equals("forgotten's"));
            } finally {
                bed.sql("ROLLBACK PREPARED 'forgotten''s'");
            }
        }
    }

    private static List<Finding> check(Settings settings) {
        List<Finding> findings = new ArrayList<>();
        Check.run(settings, findings::add);
        return findings;
    }

    private static List<String> problems(List<Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.level() == Level.PROBLEM)
                .map(finding -> finding.text()
                        + finding.mend().stream().map(line -> "\n    " + line).collect(Collectors.joining()))
                .toList();
    }

    private static List<String> texts(List<Finding> findings) {
        return findings.stream().map(Finding::text).toList();
    }

    private static List<String> slots(TestBed bed) throws Exception {
        return bed.query("SELECT slot_name FROM pg_replication_slots WHERE database = '" + bed.name + "'");
    }
}
