package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table leaves a publication and comes back, or the publication is altered: what was changed meanwhile is not lost. */
final class PublicationGapTest {
    private static final String ROWS = "SELECT row_to_json(t) FROM t";

    /** With the product's own publications. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "false|DROP TABLE t|ADD TABLE t",
                "true|DROP TABLE t|ADD TABLE t",
                "false|SET (publish = 'insert')|SET (publish = 'insert, update, delete, truncate')",
                "true|SET (publish = 'insert')|SET (publish = 'insert, update, delete, truncate')"
            })
    void shouldCopyAgainWhatOurPublicationMissed(String way) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            gap(bed, bed.settings(), bed.name, way.split("\\|", -1));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "false|DROP TABLE t|ADD TABLE t",
                "true|DROP TABLE t|ADD TABLE t",
                "false|SET (publish = 'insert')|SET (publish = 'insert, update, delete')",
                "true|SET (publish = 'insert')|SET (publish = 'insert, update, delete')",
                "false|SET TABLE t WHERE (id > 1), u|SET TABLE t, u",
                "true|SET TABLE t (id), u|SET TABLE t, u"
            })
    void shouldCopyAgainWhatAPublicationOfTheUsersMissed(String way) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, v text)", "CREATE TABLE u (id int PRIMARY KEY, v text)");
            bed.sql("CREATE PUBLICATION mine FOR TABLE t, u");
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("mine").build();
            gap(bed, settings, "mine", way.split("\\|", -1));
        }
    }

    private static void gap(TestBed bed, Settings settings, String publication, String... way) throws Exception {
        boolean runs = Boolean.parseBoolean(way[0]);
        String[] changes = {
            "ALTER PUBLICATION " + publication + " " + way[1],
            "UPDATE t SET v = 'missed' WHERE id = 1",
            "DELETE FROM t WHERE id = 2",
            "ALTER PUBLICATION " + publication + " " + way[2]
        };
        bed.sql(
                "CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY, v text)",
                "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
        try (TopicReader topic = TopicReader.json(bed.topic("t"))) {
            try (Running running = Running.of(settings).awaitStreaming()) {
                if (runs) {
                    bed.sql(changes);
                    topic.awaitExactly(() -> bed.query(ROWS));
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
            if (!runs) {
                bed.sql(changes);
            }
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.awaitExactly(() -> bed.query(ROWS));
                bed.sql("UPDATE t SET v = 'seen' WHERE id = 3", "DELETE FROM t WHERE id = 1");
                topic.awaitExactly(() -> bed.query(ROWS));
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** It is a table that nobody changes: no row would tell of it. */
    @Test
    void shouldCopyATableThatIsAddedToAPublicationOfTheUsers() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "CREATE TABLE reference (id int PRIMARY KEY, v text)",
                    "INSERT INTO reference VALUES (1, 'a')",
                    "CREATE PUBLICATION mine FOR TABLE t");
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("mine").build();
            try (TopicReader topic = TopicReader.json(bed.topic("reference"));
                    Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("ALTER PUBLICATION mine ADD TABLE reference");
                topic.awaitExactly(() -> bed.query("SELECT row_to_json(r) FROM reference r"));
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** Rows would share what is left of the key; and others go on. */
    @Test
    void shouldSetATableAsideWhoseColumnListLacksItsKey() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE t (a int, b int, c text, PRIMARY KEY (a, b))",
                    "CREATE TABLE u (id int PRIMARY KEY)",
                    "CREATE PUBLICATION mine FOR TABLE t (a, c), u WITH (publish = 'insert')");
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("mine").build();
            try (TopicReader topic = TopicReader.json(bed.topic("u"));
                    Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO t VALUES (1, 1, 'a')", "INSERT INTO u VALUES (1)");
                topic.awaitExactly(() -> bed.query("SELECT row_to_json(u) FROM u"));
                bed.sql("INSERT INTO t VALUES (1, 2, 'b')", "INSERT INTO u VALUES (2)");
                topic.awaitExactly(() -> bed.query("SELECT row_to_json(u) FROM u"));
                assertThat(running.snapshots).hasValue(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }
}
