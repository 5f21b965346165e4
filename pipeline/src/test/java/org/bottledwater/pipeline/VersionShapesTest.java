package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bottledwater.avro.NumericMapping;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.pipeline.TopicReader.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds on every major and with every plugin, as far as tables, columns and types go. */
@ParameterizedClass
@MethodSource("org.bottledwater.pipeline.Way#all")
@ExtendWith(Matrix.class)
final class VersionShapesTest implements Matrix.Checked {
    private final Way way;
    private boolean applies = true;

    VersionShapesTest(Way way) {
        this.way = way;
    }

    @Override
    public Way way() {
        return way;
    }

    @Override
    public boolean applies() {
        return applies;
    }

    private boolean isOlderThan(int major) {
        applies = way.has(major);
        return !applies;
    }

    @Test
    void shouldSendEachRowInTheShapeItWasWrittenInWhenTheTableChangedMeanwhile() throws Exception {
        try (TestBed bed = way.bed();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, a text, b int)");
            try (Running running = Running.of(way.settings(bed).build()).awaitStreaming()) {
                assertThat(running.failureSoFar()).isEmpty();
            }
            List<JsonNode> written = new ArrayList<>();
            String[] changes = {
                "ALTER TABLE t ADD c numeric(8,2) DEFAULT 1.5",
                "ALTER TABLE t DROP a",
                "ALTER TABLE t RENAME b TO d",
                "ALTER TABLE t ALTER d TYPE text",
                "COMMENT ON TABLE t IS 'changed'",
            };
            for (int i = 0; i <= changes.length; i++) {
                bed.sql("INSERT INTO t (id) VALUES (" + i + ")");
                written.add(TopicReader.parse(bed.query("SELECT row_to_json(t) FROM t WHERE id = " + i)
                        .get(0)
                        .getBytes(UTF_8)));
                if (i < changes.length) {
                    bed.sql(changes[i]);
                }
            }
            try (Running running = Running.of(way.settings(bed).build()).awaitStreaming()) {
                topic.await(written.size());
                assertThat(running.snapshots).hasValue(0);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages().stream().map(Message::value)).containsExactlyElementsOf(written);
        }
    }

    @Test
    void shouldSendUpdatesAndDeletesAsTheReplicaIdentityAllows() throws Exception {
        try (TestBed bed = way.bed();
                TopicReader byKey = TopicReader.json(bed.topic("by_default"));
                TopicReader byIndex = TopicReader.json(bed.topic("by_index"));
                TopicReader byRow = TopicReader.json(bed.topic("by_full"));
                TopicReader byNothing = TopicReader.json(bed.topic("by_nothing"))) {
            bed.sql(
                    "CREATE TABLE by_default (id int PRIMARY KEY, item text)",
                    "CREATE TABLE by_index (id int, code text NOT NULL, item text)",
                    "CREATE UNIQUE INDEX by_index_code ON by_index (code)",
                    "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code",
                    "CREATE TABLE by_full (id int PRIMARY KEY, item text)",
                    "ALTER TABLE by_full REPLICA IDENTITY FULL",
                    "CREATE TABLE by_nothing (id int PRIMARY KEY, item text)",
                    "ALTER TABLE by_nothing REPLICA IDENTITY NOTHING");
            for (String table : List.of("by_default", "by_index", "by_full", "by_nothing")) {
                bed.sql("INSERT INTO " + table + " VALUES (1, 'copied')");
            }
            Settings settings = way.settings(bed).allowUnkeyed().build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                for (String table : List.of("by_default", "by_index", "by_full", "by_nothing")) {
                    String insert = table.equals("by_index") ? " (id, code, item)" : " (id, item)";
                    String two = table.equals("by_index") ? "(2, 'two', 'x')" : "(2, 'x')";
                    String three = table.equals("by_index") ? "(3, 'three', 'x')" : "(3, 'x')";
                    bed.sql(
                            "INSERT INTO " + table + insert + " VALUES " + two + ", " + three,
                            "UPDATE " + table + " SET item = 'y' WHERE id = 2",
                            "DELETE FROM " + table + " WHERE id = 1",
                            "UPDATE " + table + " SET " + (table.equals("by_index") ? "code = 'four'" : "id = 4")
                                    + " WHERE id = 3");
                }
                byKey.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM by_default t"), "id");
                byIndex.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM by_index t"), "code");
                byRow.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM by_full t"), "id");
                // Nothing says which row is meant: pgoutput publishes inserts only, test_decoding tells updates too.
                byNothing.await(way.plugin() == PluginChoice.PGOUTPUT ? 3 : 5);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(byNothing.messages())
                    .allSatisfy(message -> assertThat(message.key().isNull()).isTrue());
        }
    }

    @Test
    void shouldFollowTheLeavesOfAPartitionedTable() throws Exception {
        if (isOlderThan(10)) {
            return;
        }
        try (TestBed bed = way.bed();
                TopicReader low = TopicReader.json(bed.topic("low"));
                TopicReader high = TopicReader.json(bed.topic("high"))) {
            bed.sql(
                    "CREATE TABLE root (id int NOT NULL, item text) PARTITION BY RANGE (id)",
                    "CREATE TABLE low PARTITION OF root FOR VALUES FROM (0) TO (100)",
                    "CREATE TABLE high PARTITION OF root FOR VALUES FROM (100) TO (200)",
                    // A key over all partitions came with 11.
                    "ALTER TABLE low ADD PRIMARY KEY (id)",
                    "ALTER TABLE high ADD PRIMARY KEY (id)",
                    "INSERT INTO root VALUES (1, 'copied'), (101, 'copied')");
            try (Running running = Running.of(way.settings(bed).build()).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO root VALUES (2, 'new'), (102, 'new')",
                        "UPDATE root SET item = 'changed' WHERE id = 1",
                        "DELETE FROM root WHERE id = 101");
                if (way.has(11)) {
                    bed.sql("UPDATE root SET id = 150 WHERE id = 2");
                }
                low.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM low t"), "id");
                high.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM high t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldSendIdentityColumnsAndLeaveGeneratedOnesOut() throws Exception {
        if (isOlderThan(10)) {
            return;
        }
        try (TestBed bed = way.bed();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int"
                    + (way.has(12) ? ", stored int GENERATED ALWAYS AS (a * 2) STORED" : "")
                    + (way.has(18) ? ", virtual int GENERATED ALWAYS AS (a * 3) VIRTUAL" : "")
                    + ", z text)");
            bed.sql("INSERT INTO t (a, z) VALUES (1, 'copied')");
            try (Running running = Running.of(way.settings(bed).build()).awaitStreaming()) {
                bed.sql("INSERT INTO t (a, z) VALUES (2, 'new')", "UPDATE t SET a = 10 WHERE id = 1");
                topic.await(3);
                topic.awaitRows(() -> bed.query("SELECT row_to_json(x) FROM (SELECT id, a, z FROM t) x"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldSendEveryTypeAsTheServerPrintsIt() throws Exception {
        Map<String, String> types = types();
        try (TestBed bed = way.bed();
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            createTable(bed, types);
            Map<String, String> asText = new LinkedHashMap<>();
            types.keySet().forEach(column -> asText.put("public.t." + column, "string"));
            Settings settings = way.settings(bed)
                    .types(new TypeOptions(NumericMapping.DECIMAL, asText))
                    .build();
            insert(bed, 1, types);
            try (Running running = Running.of(settings).awaitStreaming()) {
                insert(bed, 2, types);
                topic.await(2);
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql(
                    "SET datestyle = 'ISO'",
                    "SET intervalstyle = 'iso_8601'",
                    "SET timezone = 'UTC'",
                    "SET extra_float_digits = 3",
                    "SET bytea_output = 'hex'");
            // Not by a cast, which writes boolean and char(n) in another way than the type's output function does.
            String columns = types.entrySet().stream()
                    .map(type -> "format('%s', " + type.getKey()
                            // Free of lc_monetary.
                            + (type.getValue().startsWith("money") ? "::numeric) AS " : ") AS ") + type.getKey())
                    .collect(Collectors.joining(", "));
            List<JsonNode> printed = new ArrayList<>();
            for (String row :
                    bed.query("SELECT row_to_json(x) FROM (SELECT id, " + columns + " FROM t ORDER BY id) x")) {
                printed.add(TopicReader.parse(row.getBytes(UTF_8)));
            }
            assertThat(topic.messages().stream().map(Message::value)).containsExactlyElementsOf(printed);
        }
    }

    @Test
    void shouldSendEveryTypeAlikeByCopyAndByStream() throws Exception {
        Map<String, String> types = types();
        try (TestBed bed = way.bed();
                TopicReader topic = TopicReader.avro(bed.topic("t"))) {
            createTable(bed, types);
            insert(bed, 1, types);
            Settings settings = way.settings(bed).format(OutputFormat.AVRO).build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                insert(bed, 2, types);
                topic.await(2);
                assertThat(running.failureSoFar()).isEmpty();
            }
            ObjectNode copied = (ObjectNode) topic.messages().get(0).value();
            ObjectNode streamed = (ObjectNode) topic.messages().get(1).value();
            copied.remove("id");
            streamed.remove("id");
            assertThat(streamed).isEqualTo(copied).hasSize(types.size());
        }
    }

    private static void createTable(TestBed bed, Map<String, String> types) throws SQLException {
        bed.sql(
                "CREATE EXTENSION hstore",
                "CREATE TYPE mood AS ENUM ('sad', 'very \"happy\"')",
                "CREATE TYPE pair AS (a int, b text)",
                "CREATE DOMAIN positive AS int CHECK (VALUE > 0)");
        bed.sql("CREATE TABLE t (id int PRIMARY KEY, "
                + types.entrySet().stream()
                        .map(type -> type.getKey() + " "
                                + type.getValue().substring(0, type.getValue().indexOf('\'')))
                        .collect(Collectors.joining(", "))
                + ")");
    }

    private static void insert(TestBed bed, int id, Map<String, String> types) throws SQLException {
        bed.sql("INSERT INTO t VALUES (" + id + ", "
                + types.values().stream()
                        .map(value -> value.substring(value.indexOf('\'')))
                        .collect(Collectors.joining(", "))
                + ")");
    }

    /** A column each, its type and then its value as a literal. */
    private Map<String, String> types() {
        List<String> types = new ArrayList<>(List.of(
                "boolean 'true'",
                "int2 '-32768'",
                "int8 '9223372036854775807'",
                // Before 12 the server prints more digits than are needed to tell a number from its neighbours; we do
                // not.
                way.has(12) ? "float4 '0.1'" : "float4 '0.5'",
                way.has(12) ? "float8 '-1.7976931348623157e+308'" : "float8 '-1024.25'",
                "numeric '12345678901234567890.10'",
                "numeric(10,2) '-1.10'",
                "money '-1234.56'",
                "text 'ü \"quoted\" ''and'' \\'",
                "varchar(20) ''",
                "char(5) 'ab'",
                "bytea '\\x00ff27'",
                "date '1500-02-28'",
                "time '24:00:00'",
                "timetz '12:34:56.789+05:30'",
                "timestamp '2024-02-29 23:59:59.999999'",
                "timestamptz '1999-12-31 23:00:00-08'",
                "interval '-1 mon 2 days -03:04:05.6'",
                "bit(5) '10101'",
                "varbit '1'",
                "uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
                "json '{\"a\" : [1, null]}'",
                "jsonb '{\"b\": 1.10, \"a\": \"\\u00fc\"}'",
                "inet '10.0.0.1/8'",
                "cidr '2001:db8::/32'",
                "macaddr '08:00:2b:01:02:03'",
                "point '(1.5,-2)'",
                "polygon '((0,0),(1,1),(1,0))'",
                "int4range '[1,10)'",
                "tstzrange '(,2024-01-01 00:00:00+00]'",
                "tsvector 'a fat cat'",
                "int4[] '{1,NULL,3}'",
                "text[] '{\"a,b\",NULL,\"NULL\"}'",
                "pg_lsn '16/B374D848'",
                "oid '4294967295'",
                "hstore '\"a\"=>\"1\", \"b\"=>NULL'",
                "mood 'very \"happy\"'",
                "pair '(1,\"x y\")'",
                "positive '7'"));
        if (way.has(10)) {
            types.add("macaddr8 '08:00:2b:01:02:03:04:05'");
        }
        if (way.has(11)) {
            types.add("positive[] '{1,2}'");
        }
        if (way.has(12)) {
            types.add("jsonpath '$.a[*]'");
        }
        if (way.has(13)) {
            types.add("xid8 '9223372036854775807'");
        }
        if (way.has(14)) {
            types.add("int4multirange '{[1,3),[5,7)}'");
            types.add("numeric 'Infinity'");
        }
        Map<String, String> columns = new LinkedHashMap<>();
        types.forEach(type -> columns.put("c" + (columns.size() + 1), type));
        return columns;
    }
}
