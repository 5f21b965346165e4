package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Large values that updates leave as they were: the log does not repeat them, the messages do. */
final class ToastTest {
    private static final String LARGE =
            "(SELECT string_agg(md5(%s::text || g), '' ORDER BY g) FROM generate_series(1, 200) g)";

    /** Every type that TOAST takes has the value of the table, in the message of an update that did not touch it. */
    @ParameterizedTest
    @CsvSource({
        "18,PGOUTPUT,DEFAULT",
        "18,PGOUTPUT,FULL",
        "18,TEST_DECODING,DEFAULT",
        "15,PGOUTPUT,DEFAULT",
        "15,TEST_DECODING,FULL",
        "9.5,AUTO,DEFAULT",
        "9.5,AUTO,FULL"
    })
    void shouldSendTheWholeRow(String major, PluginChoice plugin, String identity) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            String large = LARGE.formatted("id");
            String numbers = "(SELECT array_agg((id * 10000 + g)::%s / 7) FROM generate_series(1, 2000) g)";
            bed.sql(
                    "CREATE EXTENSION hstore",
                    "CREATE TYPE pair AS (a int, b text)",
                    "CREATE TABLE doc (id int PRIMARY KEY, n int, s text, b bytea, j jsonb, x json, m numeric[],"
                            + " f float8[], h hstore, c pair, v varchar(20000), t text[])",
                    "ALTER TABLE doc ALTER s SET STORAGE EXTERNAL",
                    "ALTER TABLE doc REPLICA IDENTITY " + identity,
                    "INSERT INTO doc SELECT id, 0, " + large + ", decode(" + large
                            + ", 'hex'), to_json(" + large + ")::jsonb, to_json(" + large + "), "
                            + numbers.formatted("numeric")
                            + ", " + numbers.formatted("float8") + ", hstore('k', " + large + "), (id, " + large
                            + ")::pair, " + large + ", array[" + large + ", null] FROM generate_series(1, 3) id");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader topic = TopicReader.json(bed.topic("doc"))) {
                List<TopicReader.Message> snapshot = new ArrayList<>(topic.await(3));
                bed.sql("UPDATE doc SET n = n + 1");
                topic.await(6);
                bed.sql("UPDATE doc SET n = n + 1 WHERE id = 2");
                List<TopicReader.Message> all = topic.await(7);
                for (TopicReader.Message update : all.subList(3, 7)) {
                    TopicReader.Message copied = snapshot.stream()
                            .filter(message -> message.key().equals(update.key()))
                            .findFirst()
                            .orElseThrow();
                    assertThat(update.headers()).doesNotContainKeys("pg.unknown", "pg.read-later");
                    assertThat(without(update.value())).isEqualTo(without(copied.value()));
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static JsonNode without(JsonNode row) {
        ObjectNode copy = row.deepCopy();
        copy.remove("n");
        return copy;
    }

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT", "15,TEST_DECODING", "9.5,AUTO"})
    void shouldNameTheValuesThatALaterChangeOfTheTransactionReplaced(String major, PluginChoice plugin)
            throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql(
                    "CREATE TABLE doc (id int PRIMARY KEY, n int, a text, b text)",
                    "INSERT INTO doc SELECT id, 0, " + LARGE.formatted("id") + ", " + LARGE.formatted("(-id)")
                            + " FROM generate_series(1, 5) id");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader topic = TopicReader.json(bed.topic("doc"))) {
                topic.await(5);
                bed.sql("BEGIN;"
                        // Changed again, once with and once without a value of its own.
                        + "UPDATE doc SET n = 1 WHERE id = 1; UPDATE doc SET n = 2, a = 'new' WHERE id = 1;"
                        + "UPDATE doc SET n = 3 WHERE id = 1;"
                        // Deleted, and inserted anew at the same key.
                        + "UPDATE doc SET n = 1 WHERE id = 2; DELETE FROM doc WHERE id = 2;"
                        + "INSERT INTO doc VALUES (2, 9, 'other', 'row');"
                        // Gone to another key, twice; another row comes to the first.
                        + "UPDATE doc SET n = 1 WHERE id = 3; UPDATE doc SET id = 33 WHERE id = 3;"
                        + "UPDATE doc SET id = 3 WHERE id = 4; UPDATE doc SET id = 333 WHERE id = 33;"
                        + "UPDATE doc SET n = 1 WHERE id = 5; COMMIT");
                List<TopicReader.Message> all = topic.await(5 + 3 + 3 + 7 + 1);
                assertThat(all.subList(5, all.size()).stream().map(ToastTest::told))
                        .containsExactly(
                                "{\"id\":1} n=1 a=3 b=6400 read-later=a",
                                "{\"id\":1} n=2 a=3 b=6400",
                                "{\"id\":1} n=3 a=3 b=6400",
                                "{\"id\":2} n=1 a=null b=null unknown=a,b",
                                "{\"id\":2} null",
                                "{\"id\":2} n=9 a=5 b=3",
                                "{\"id\":3} n=1 a=6400 b=6400",
                                "{\"id\":3} null",
                                "{\"id\":33} n=1 a=6400 b=6400",
                                "{\"id\":4} null",
                                "{\"id\":3} n=0 a=6400 b=6400",
                                "{\"id\":33} null",
                                "{\"id\":333} n=1 a=6400 b=6400",
                                "{\"id\":5} n=1 a=6400 b=6400");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(doc) FROM doc"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static String told(TopicReader.Message message) {
        JsonNode row = message.value();
        return row.isNull()
                ? message.key() + " null"
                : message.key() + " n=" + row.get("n") + " a=" + length(row.get("a")) + " b=" + length(row.get("b"))
                        + named(message, "read-later") + named(message, "unknown");
    }

    private static String named(TopicReader.Message message, String header) {
        String columns = message.headers().get("pg." + header);
        return columns == null ? "" : " " + header + "=" + columns;
    }

    private static String length(JsonNode value) {
        return value.isNull() ? "null" : Integer.toString(value.textValue().length());
    }

    /** More rows than one query reads, with more bytes than one answer has. */
    @ParameterizedTest
    @CsvSource({"18", "9.5"})
    void shouldCompleteManyRowsOfOneTransaction(String major) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql(
                    "CREATE TABLE doc (id int PRIMARY KEY, n int, a text)",
                    "CREATE TABLE other (id int PRIMARY KEY, n int, a text)",
                    "ALTER TABLE doc ALTER a SET STORAGE EXTERNAL",
                    "INSERT INTO doc SELECT id, 0, repeat(md5(id::text), 600) FROM generate_series(1, 1300) id",
                    "INSERT INTO other SELECT * FROM doc WHERE id <= 20");
            try (Running running = Running.of(bed.settings()).awaitStreaming();
                    TopicReader topic = TopicReader.json(bed.topic("doc"));
                    TopicReader other = TopicReader.json(bed.topic("other"))) {
                topic.await(1300);
                bed.sql("BEGIN; UPDATE other SET n = 1; UPDATE doc SET n = 1; UPDATE other SET n = 2; COMMIT");
                List<TopicReader.Message> all = topic.await(2600);
                assertThat(all.subList(1300, 2600))
                        .allMatch(message -> message.headers().get("pg.read-later") == null)
                        .allMatch(message -> message.headers().get("pg.unknown") == null);
                topic.awaitRows(() -> bed.query("SELECT row_to_json(doc) FROM doc"), "id");
                other.await(60);
                other.awaitRows(() -> bed.query("SELECT row_to_json(other) FROM other"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT", "9.5,AUTO"})
    void shouldLeaveThemNullIfAskedTo(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql(
                    "CREATE TABLE doc (id int PRIMARY KEY, n int, a text, b text)",
                    "INSERT INTO doc SELECT 1, 0, " + LARGE.formatted("1") + ", 'b'");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .toast(ToastMode.PLACEHOLDER)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader topic = TopicReader.json(bed.topic("doc"))) {
                topic.await(1);
                bed.sql("UPDATE doc SET n = 1");
                assertThat(told(topic.await(2).get(1))).isEqualTo("{\"id\":1} n=1 a=null b=1 unknown=a");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT", "9.5,AUTO"})
    void shouldStopIfAskedTo(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql(
                    "CREATE TABLE doc (id int PRIMARY KEY, n int, a text)",
                    "INSERT INTO doc SELECT 1, 0, " + LARGE.formatted("1"));
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .toast(ToastMode.FAIL)
                    .build();
            Running running = Running.of(settings).awaitStreaming();
            bed.sql("UPDATE doc SET n = 1");
            assertThat(running.failure())
                    .hasMessageContaining("table=public.doc key={\"id\":1}")
                    .hasMessageContaining("columns=a")
                    .hasMessageContaining("REPLICA IDENTITY FULL");
        }
    }
}
