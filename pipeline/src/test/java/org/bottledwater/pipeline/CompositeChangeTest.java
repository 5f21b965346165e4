package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.bottledwater.avro.NumericMapping;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Composite types change under the columns that have them, and nothing in the stream says so. What PostgreSQL says of its
 * rows is what the topic must say, however old the rows are.
 */
final class CompositeChangeTest {
    private static final String WAYS = """
            18,  PGOUTPUT,      AVRO, true
            18,  PGOUTPUT,      JSON, false
            18,  TEST_DECODING, AVRO, true
            18,  TEST_DECODING, AVRO, false
            12,  PGOUTPUT,      AVRO, false
            12,  PGOUTPUT,      JSON, true
            9.5, TEST_DECODING, JSON, true
            9.5, TEST_DECODING, AVRO, false
            """;

    private static final String[] TABLES = {
        "CREATE TYPE addr AS (street text, zip int)",
        "CREATE TYPE place AS (name text, at addr)",
        "CREATE TABLE other (a int, b text)",
        "CREATE TABLE t (id int PRIMARY KEY, a addr, p place, l addr[], o other, item text)",
        "INSERT INTO t VALUES (1, ROW('s', 1), ROW('n', ROW('s', 2)), ARRAY[ROW('s', 3), NULL]::addr[], ROW(4, 'b'))"
    };

    /** The last ones have as many attributes, and of the same types, as before. */
    private static final List<String> CHANGES = List.of(
            "INSERT INTO t VALUES (2, ROW('s', 1), ROW('n', ROW('s', 2)), ARRAY[ROW('s', 3), NULL]::addr[], ROW(4, 'b'))",
            "ALTER TYPE addr ADD ATTRIBUTE city text",
            "INSERT INTO t VALUES (3, ROW('s', 1, 'c'), ROW('n', ROW('s', 2, 'd')), '{\"(s,3,\\\"d e\\\")\"}', ROW(4, 'b'))",
            "UPDATE t SET item = 'x' WHERE id = 1",
            "ALTER TABLE other ADD COLUMN c bigint",
            "INSERT INTO t VALUES (4, ROW('s', NULL, 'c'), NULL, '{}', ROW(4, 'b', 5))",
            "ALTER TYPE addr DROP ATTRIBUTE zip",
            "INSERT INTO t VALUES (5, ROW('s', 'c'), ROW('n', ROW('s', 'd')), ARRAY[ROW('s', 'd')]::addr[], NULL)",
            "ALTER TYPE addr ADD ATTRIBUTE nr bigint",
            "UPDATE t SET a = ROW('s', 'c', 7) WHERE id = 2",
            "ALTER TABLE other DROP COLUMN a",
            "INSERT INTO t VALUES (6, ROW('s', 'c', 7), ROW('n', ROW('s', 'd', 8)), '{}', ROW('b', 5))",
            "ALTER TYPE place RENAME ATTRIBUTE name TO called",
            "INSERT INTO t VALUES (7, ROW('s', 'c', 7), ROW('n', ROW('s', 'd', 8)), '{}', ROW('b', 5))",
            "DELETE FROM t WHERE id = 3",
            "ALTER TYPE addr DROP ATTRIBUTE city, ADD ATTRIBUTE town text",
            "INSERT INTO t VALUES (8, ROW('s', 7, 't'), NULL, '{}', NULL)",
            "ALTER TYPE addr DROP ATTRIBUTE town, ADD ATTRIBUTE land text",
            "INSERT INTO t VALUES (9, ROW('s', 7, 'l'), ROW('n', ROW('s', 8, 'l')), '{}', NULL)");

    @ParameterizedTest(name = "{0} {1} {2} while it runs: {3}")
    @CsvSource(textBlock = WAYS)
    void shouldFollowCompositeTypes(String major, PluginChoice plugin, OutputFormat format, boolean runs)
            throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = format == OutputFormat.AVRO
                        ? TopicReader.avro(bed.topic("t"))
                        : TopicReader.json(bed.topic("t"))) {
            bed.sql(TABLES);
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .tables("t")
                    .format(format)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                for (String change : runs ? CHANGES : List.<String>of()) {
                    bed.sql(change);
                    if (!change.startsWith("ALTER")) {
                        awaitLast(bed, topic, running);
                    }
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
            if (!runs) {
                bed.sql(CHANGES.toArray(String[]::new));
            }
            // Rows whose type changed behind them are as PostgreSQL shows them when they come again.
            bed.sql("UPDATE t SET item = 'end'");
            try (Running running = Running.of(settings).awaitStreaming()) {
                awaitTable(bed, topic, running);
            }
        }
    }

    /**
     * A transaction that began to change the type is still open while another writes, with a later number: as text, the
     * value of that one is of a shape that cannot be told.
     */
    @Test
    void shouldNameTheWayOutOfAValueThatFitsNoShape() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"));
                TopicReader dropping = TopicReader.json("dropping_" + bed.name + ".t")) {
            bed.sql("CREATE TYPE addr AS (street text, zip int)", "CREATE TABLE t (id int PRIMARY KEY, a addr)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(PluginChoice.TEST_DECODING)
                    .build();
            Settings log = new SettingsBuilder(settings)
                    .called("dropping_" + bed.name)
                    .onError(OnError.LOG)
                    .build();
            for (Settings each : List.of(settings, log)) {
                Running.of(each).awaitStreaming().close();
            }
            try (Connection changing = bed.connect();
                    Connection writing = bed.connect();
                    Statement change = changing.createStatement();
                    Statement write = writing.createStatement()) {
                write.execute("INSERT INTO t VALUES (1, ROW('s', 1))");
                changing.setAutoCommit(false);
                change.execute("ALTER TYPE addr DROP ATTRIBUTE zip");
                write.execute("INSERT INTO t VALUES (2, ROW('s', 2))");
                changing.commit();
            }
            bed.sql("INSERT INTO t VALUES (3, ROW('s'))");

            assertThat(Running.of(settings).failure())
                    .hasMessageStartingWith(
                            "cannot deliver a message: table=public.t key={\"id\":2}: unsupported value:"
                                    + " column=public.t.a: a composite value that is older than a change of its type, and may"
                                    + " have had other attributes, type=public.addr(street text) value=2 fields;"
                                    + " give --column-type=public.t.a=string to send the column as text")
                    .hasMessageContaining("--on-error=log");
            try (Running running = Running.of(log)) {
                dropping.awaitRows(
                        () -> {
                            failIfEnded(running);
                            return bed.query("SELECT row_to_json(t) FROM t WHERE id <> 2");
                        },
                        "id");
            }
            TypeOptions asString = new TypeOptions(NumericMapping.DECIMAL, Map.of("public.t.a", "string"));
            try (Running running =
                    Running.of(new SettingsBuilder(settings).types(asString).build())) {
                Waiting.until("the rows have come", () -> {
                    failIfEnded(running);
                    return topic.fold().size() == 3;
                });
            }
            assertThat(topic.fold().values().stream().map(JsonNode::toString))
                    .contains("{\"id\":2,\"a\":\"(s,2)\"}", "{\"id\":3,\"a\":\"(s)\"}");
        }
    }

    /** Also where the type of an attribute is gone. */
    @Test
    void shouldSendOldShapesAsText() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TYPE mood AS ENUM ('good')",
                    "CREATE TYPE addr AS (street text, zip int, mood mood)",
                    "CREATE TABLE t (id int PRIMARY KEY, a addr, l addr[], item text)");
            TypeOptions asString =
                    new TypeOptions(NumericMapping.DECIMAL, Map.of("public.t.a", "string", "public.t.l", "string"));
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(PluginChoice.PGOUTPUT)
                    .types(asString)
                    .build();
            Running.of(settings).awaitStreaming().close();
            bed.sql(
                    "INSERT INTO t VALUES (1, ROW('s', 1, 'good'), ARRAY[ROW('s', 1, 'good')]::addr[])",
                    "DROP TYPE mood CASCADE",
                    "INSERT INTO t VALUES (2, ROW('s', 2), ARRAY[ROW('s', 2)]::addr[])",
                    "ALTER TYPE addr ADD ATTRIBUTE city text",
                    "INSERT INTO t VALUES (3, ROW('s', 3, 'c'), ARRAY[ROW('s', 3, 'c')]::addr[])",
                    "UPDATE t SET item = 'x'");
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.awaitRows(
                        () -> {
                            failIfEnded(running);
                            return bed.query("SELECT row_to_json(r) FROM (SELECT id, a::text, l::text, item FROM t) r");
                        },
                        "id");
            }
        }
    }

    /** The snapshot shows the catalog as it was, and the server sends the values as their type is. */
    @Test
    void shouldFollowATypeThatChangesWithinTheSnapshot() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.avro(bed.topic("t"))) {
            bed.sql(
                    "CREATE TYPE addr AS (street text, zip int)",
                    "CREATE TABLE big (id int PRIMARY KEY, item text)",
                    "INSERT INTO big SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 60000) i",
                    "CREATE TABLE t (id int PRIMARY KEY, a addr)",
                    "INSERT INTO t SELECT i, ROW('s', i)::addr FROM generate_series(1, 100) i");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .snapshotWorkers(1)
                    .build();
            try (Running running = Running.of(settings)) {
                Waiting.until("the snapshot begins", () -> {
                    failIfEnded(running);
                    return running.snapshots.get() > 0;
                });
                bed.sql("ALTER TYPE addr ADD ATTRIBUTE city text", "ALTER TYPE addr DROP ATTRIBUTE zip");
                running.awaitStreaming();
                awaitTable(bed, topic, running);
            }
        }
    }

    /** PostgreSQL's JSON has no bounds of arrays, nor have messages. */
    @ParameterizedTest
    @CsvSource({"18, PGOUTPUT", "12, PGOUTPUT", "9.5, TEST_DECODING"})
    void shouldSendTheElementsOfArraysThatDoNotBeginAtOne(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.json(bed.topic("b"))) {
            bed.sql(
                    "CREATE TYPE list AS (items int[])",
                    "CREATE TABLE b (id int[] PRIMARY KEY, flat text[], deep int[][], within list, lists list[])",
                    "INSERT INTO b VALUES ('[0:1]={1,2}', '[-1:0]={a,NULL}', '[2:3][0:1]={{1,2},{3,NULL}}',"
                            + " ROW('[5:5]={7}'), ARRAY[ROW('[0:0]={8}')]::list[])");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO b SELECT '[3:4]={3,4}', flat, deep, within, lists FROM b",
                        "INSERT INTO b SELECT '[7:7]={5}', flat, deep, within, lists FROM b LIMIT 1",
                        "UPDATE b SET flat = '[0:0]={z}' WHERE id = '[0:1]={1,2}'",
                        "UPDATE b SET id = '[9:9]={9}' WHERE id = '[3:4]={3,4}'",
                        "DELETE FROM b WHERE id = '[7:7]={5}'");
                topic.awaitRows(
                        () -> {
                            failIfEnded(running);
                            return bed.query("SELECT row_to_json(b) FROM b");
                        },
                        "id");
            }
        }
    }

    /** The row that was written last is what PostgreSQL says it is. */
    private static void awaitLast(TestBed bed, TopicReader topic, Running running) {
        Waiting.until("the row has come", () -> {
            failIfEnded(running);
            List<String> rows = bed.query("SELECT row_to_json(t) FROM t ORDER BY xmin::text::int8 DESC, id LIMIT 1");
            return topic.fold().containsValue(TopicReader.parse(rows.get(0).getBytes(StandardCharsets.UTF_8)));
        });
    }

    private static void awaitTable(TestBed bed, TopicReader topic, Running running) {
        topic.awaitRows(
                () -> {
                    failIfEnded(running);
                    return bed.query("SELECT row_to_json(t) FROM t");
                },
                "id");
    }

    private static void failIfEnded(Running running) {
        running.failureSoFar().ifPresent(e -> {
            throw new AssertionError(e);
        });
    }
}
