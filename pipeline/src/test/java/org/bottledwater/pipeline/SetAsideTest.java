package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables that are passed over, so that the others can be copied. */
final class SetAsideTest {
    /** To Kafka's metrics {@code a.b_c} and {@code a_b.c} are one name, so it creates only one of the two. */
    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"PGOUTPUT", "TEST_DECODING"})
    void shouldPassOverATableWhoseTopicKafkaDoesNotCreate(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader taken = TopicReader.json(bed.name + ".a.b_c");
                TopicReader other = TopicReader.json(bed.name + ".other");
                TopicReader renamed = TopicReader.json(bed.name + ".renamed")) {
            bed.sql(
                    "CREATE SCHEMA a",
                    "CREATE SCHEMA a_b",
                    "CREATE TABLE a.b_c (id int PRIMARY KEY)",
                    "CREATE TABLE a_b.c (id int PRIMARY KEY)",
                    "CREATE TABLE other (id int PRIMARY KEY)",
                    "INSERT INTO a.b_c VALUES (1)",
                    "INSERT INTO a_b.c VALUES (1)",
                    "INSERT INTO other VALUES (1)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            assertThat(problems(settings)).containsExactly(collision(bed, "a_b.c", "a_b.c", "a.b_c"));
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO a.b_c VALUES (2)", "INSERT INTO a_b.c VALUES (2)", "INSERT INTO other VALUES (2)");
                taken.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM a.b_c t"), "id");
                other.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM other t"), "id");

                // Another one comes up while the program runs: beside a topic of somebody else's, too.
                bed.sql(
                        "CREATE SCHEMA oth",
                        "CREATE SCHEMA a_b_c",
                        "CREATE TABLE \"a.b.c\" (id int PRIMARY KEY)",
                        "INSERT INTO \"a.b.c\" VALUES (1)",
                        "CREATE TABLE late (id int PRIMARY KEY)",
                        "INSERT INTO late VALUES (1)");
                try (TopicReader late = TopicReader.json(bed.topic("late"))) {
                    late.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM late t"), "id");
                }
                bed.sql("INSERT INTO \"a.b.c\" VALUES (2)", "INSERT INTO other VALUES (3)");
                other.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM other t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
                assertThat(running.status().dropped()).isZero();
            }
            assertThat(problems(settings)).hasSize(2);

            // The way out that is named: the table is copied as a new one is.
            Settings other2 = new SettingsBuilder(settings)
                    .topicNames(Map.of("a_b.c", bed.name + ".renamed"))
                    .build();
            try (Running running = Running.of(other2).awaitStreaming()) {
                bed.sql("INSERT INTO a_b.c VALUES (3)");
                renamed.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM a_b.c t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(taken.messages()).hasSize(2);
        }
    }

    private static String collision(TestBed bed, String table, String topic, String other) {
        return "table " + table + " is passed over: Kafka does not create its topic " + bed.name + "." + topic
                + " beside topic " + bed.name + "." + other
                + ", as dots and underscores are the same in the names of metrics";
    }

    private static List<String> problems(Settings settings) {
        List<Finding> findings = new ArrayList<>();
        Check.run(settings, findings::add);
        return findings.stream()
                .filter(finding -> finding.level() == Finding.Level.PROBLEM)
                .map(Finding::text)
                .toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"PGOUTPUT", "TEST_DECODING"})
    void shouldLeaveOutWhatIsOfExtensionsUnlessItIsNamed(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader mine = TopicReader.json(bed.topic("mine"));
                TopicReader theirs = TopicReader.json(bed.topic("theirs"));
                TopicReader log = TopicReader.json(bed.name + ".repack.log_1")) {
            bed.sql(
                    "CREATE TABLE mine (id int PRIMARY KEY)",
                    "CREATE TABLE theirs (id int PRIMARY KEY)",
                    "INSERT INTO theirs VALUES (1)",
                    "ALTER EXTENSION plpgsql ADD TABLE theirs",
                    // Without key: it would refuse to start.
                    "CREATE TABLE nokey (id int)",
                    "ALTER EXTENSION plpgsql ADD TABLE nokey",
                    "CREATE SCHEMA repack",
                    "CREATE TABLE repack.log_1 (id int PRIMARY KEY)",
                    "CREATE TABLE repack.people (id int PRIMARY KEY)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO theirs VALUES (2)",
                        "INSERT INTO nokey VALUES (2)",
                        "INSERT INTO repack.log_1 VALUES (1)",
                        "CREATE TABLE repack.table_17 AS SELECT 1 AS id",
                        "INSERT INTO repack.table_17 VALUES (2)",
                        "INSERT INTO repack.people VALUES (1)",
                        "DROP TABLE repack.table_17",
                        "CREATE TABLE theirs2 (id int)",
                        "ALTER EXTENSION plpgsql ADD TABLE theirs2",
                        "INSERT INTO theirs2 VALUES (1)",
                        "INSERT INTO mine VALUES (1)");
                mine.await(1);
                try (TopicReader people = TopicReader.json(bed.name + ".repack.people")) {
                    people.await(1);
                }
                assertThat(running.failureSoFar()).isEmpty();
                assertThat(running.status().dropped()).isZero();
            }
            assertThat(theirs.messages()).isEmpty();
            assertThat(log.messages()).isEmpty();

            Settings named = new SettingsBuilder(settings)
                    .tables("*,theirs,repack.log_1")
                    .build();
            try (Running running = Running.of(named).awaitStreaming()) {
                bed.sql("INSERT INTO theirs VALUES (3)", "INSERT INTO repack.log_1 VALUES (3)");
                theirs.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM theirs t"), "id");
                log.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM repack.log_1 t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }
}
