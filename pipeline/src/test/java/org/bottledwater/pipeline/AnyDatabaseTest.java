package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.sandbox.RegistryServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** There are no restrictions on the schema: what few databases have, and all may. */
final class AnyDatabaseTest {
    @ParameterizedTest
    @CsvSource({
        "18,PGOUTPUT,LATIN1,Größe é",
        "18,TEST_DECODING,LATIN1,Größe é",
        "9.5,AUTO,LATIN1,Größe é",
        "15,PGOUTPUT,EUC_JP,日本語 ~ かな",
        "15,TEST_DECODING,EUC_JP,日本語 ~ かな",
        "9.5,AUTO,EUC_JP,日本語 ~ かな",
        "12,TEST_DECODING,WIN1251,Привет №"
    })
    void shouldSendUtf8WhateverTheEncodingOfTheDatabase(String major, PluginChoice plugin, String encoding, String word)
            throws Exception {
        try (TestBed bed = TestBed.ofEncoding(major, encoding)) {
            String table = TableName.quote(word);
            bed.sql(
                    "CREATE EXTENSION hstore",
                    "CREATE TYPE mood AS ENUM ('" + word + "', 'ok')",
                    "CREATE TYPE pair AS (a int, " + table + " text)",
                    "CREATE TABLE " + table + " (id text PRIMARY KEY, n int, " + table
                            + " varchar(40), c char(20), a text[], m mood, p pair, j jsonb, k json, h hstore, large text)",
                    insert(table, word, 1));
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader topic =
                            TopicReader.json(TopicNames.topic(bed.settings(), new TableName("public", word)))) {
                TopicReader.RowSource rows = () -> bed.query("SELECT to_json(r) FROM (SELECT id, n, " + table
                        + ", c, a, m, p, j, k, hstore_to_json(h) AS h, large FROM " + table + ") r");
                topic.awaitRows(rows, "id");
                bed.sql(
                        insert(table, word, 2),
                        "UPDATE " + table + " SET n = 7",
                        "UPDATE " + table + " SET id = id || '" + word + "' WHERE n = 7");
                topic.awaitRows(rows, "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static String insert(String table, String word, int n) {
        return "INSERT INTO " + table
                + " SELECT w || %d, %d, w, w, array[w, NULL, '\"' || w], w::mood, (1, w)::pair, to_json(w)::jsonb, to_json(w),"
                        .formatted(n, n)
                + " hstore(w, w), (SELECT string_agg(md5(g::text), w) FROM generate_series(1, 300) g)"
                + " FROM (SELECT '" + word + "'::text AS w) x";
    }

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT", "15,TEST_DECODING", "9.5,AUTO"})
    void shouldNotSendBytesThatAreNoText(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.ofEncoding(major, "SQL_ASCII")) {
            bed.sql(
                    "CREATE TABLE note (id int PRIMARY KEY, words text[])",
                    "INSERT INTO note VALUES (1, array['Grüße']), (2, array[E'Gr\\xfc\\xdfe'])");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            Settings dropping =
                    new SettingsBuilder(settings).onError(OnError.LOG).build();
            try (TopicReader topic = TopicReader.json(bed.topic("note"))) {
                refused(settings, 2);
                try (Running running = Running.of(dropping).awaitStreaming()) {
                    bed.sql(
                            "INSERT INTO note VALUES (3, array[E'Gr\\xfc\\xdfe'])",
                            "INSERT INTO note VALUES (4, array['fine'])");
                    assertThat(topic.await(2).stream()
                                    .map(message -> message.key() + " "
                                            + message.value().get("words")))
                            .containsExactly("{\"id\":1} [\"Grüße\"]", "{\"id\":4} [\"fine\"]");
                    assertThat(running.failureSoFar()).isEmpty();
                }
                bed.sql("INSERT INTO note VALUES (5, array[E'\\xff'])");
                refused(settings, 5);
            }
        }
    }

    private static void refused(Settings settings, int id) throws Exception {
        assertThat(Running.of(settings).failure())
                .hasMessageContaining("table=public.note key={\"id\":" + id + "}")
                .hasMessageContaining("column=public.note.words: bytes that are no text in UTF-8")
                .hasMessageContaining("SQL_ASCII");
    }

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT,AVRO", "18,TEST_DECODING,JSON", "9.5,AUTO,AVRO"})
    void shouldCopyAsManyColumnsAsATableCanHave(String major, PluginChoice plugin, OutputFormat format)
            throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql(
                    "CREATE TABLE wide (" + columns(i -> "c" + i + " int" + (i == 1600 ? " PRIMARY KEY" : "")) + ")",
                    "INSERT INTO wide VALUES (" + columns(Integer::toString) + ")");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(format)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader topic = format == OutputFormat.AVRO
                            ? TopicReader.avro(bed.topic("wide"))
                            : TopicReader.json(bed.topic("wide"))) {
                // More than 1664 are no answer, and a row as JSON is one.
                TopicReader.RowSource rows = () -> bed.query("SELECT row_to_json(wide) FROM wide");
                topic.awaitRows(rows, "c1600");
                bed.sql("UPDATE wide SET c800 = NULL, c1 = -1", "INSERT INTO wide (c1600) VALUES (0)");
                topic.awaitRows(rows, "c1600");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static String columns(IntFunction<String> column) {
        return IntStream.rangeClosed(1, 1600).mapToObj(column).collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT,AVRO", "15,TEST_DECODING,JSON", "9.5,AUTO,AVRO"})
    void shouldTakeAnyName(String major, PluginChoice plugin, OutputFormat format) throws Exception {
        List<String> names = List.of(
                "a.b-c",
                "Übel \"quoted\" 日本",
                "select",
                "1st",
                " ",
                "it's: [x] old-key: new-tuple:",
                "n".repeat(63),
                "back\\slash");
        String[] columns = {"a", "A", "a_41_", "user", "1", "x.y", "x y", "q\"q", "Ä", "k[text]:'", "c".repeat(63)};
        try (TestBed bed = TestBed.on(major)) {
            bed.sql("CREATE SCHEMA \"My.Schema \"\"1\"\"\"");
            for (String name : names) {
                String table = "\"My.Schema \"\"1\"\"\"." + TableName.quote(name);
                bed.sql(
                        "CREATE TABLE " + table + " ("
                                + Arrays.stream(columns)
                                        .map(column -> TableName.quote(column) + " text")
                                        .collect(Collectors.joining(", "))
                                + ", \"Key\"\"\" int PRIMARY KEY)",
                        "INSERT INTO " + table + " (\"A\", a, \"Key\"\"\") VALUES ('upper', 'lower', 1)");
            }
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(format)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                for (String name : names) {
                    String table = "\"My.Schema \"\"1\"\"\"." + TableName.quote(name);
                    bed.sql("INSERT INTO " + table + " VALUES ("
                            + Arrays.stream(columns)
                                    .map(column -> "'of '' " + column.replace("'", "''") + "'")
                                    .collect(Collectors.joining(", "))
                            + ", 2)");
                    String topicName = TopicNames.topic(bed.settings(), new TableName("My.Schema \"1\"", name));
                    try (TopicReader topic =
                            format == OutputFormat.AVRO ? TopicReader.avro(topicName) : TopicReader.json(topicName)) {
                        List<TopicReader.Message> messages = topic.await(2);
                        List<String> values = new ArrayList<>();
                        messages.get(1).value().elements().forEachRemaining(value -> values.add(value.asText()));
                        assertThat(values)
                                .as(name)
                                .containsExactlyElementsOf(Stream.concat(
                                                Arrays.stream(columns).map(column -> "of ' " + column), Stream.of("2"))
                                        .toList());
                        assertThat(messages.get(0).value().elements().next().asText())
                                .isEqualTo("lower");
                    }
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** Nobody knows its binary form, and it has none: a stream in binary goes back and on in text. */
    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT", "15,PGOUTPUT", "15,TEST_DECODING", "9.5,AUTO"})
    void shouldSendATypeThatTheDatabaseMadeItself(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql("CREATE TABLE early (id int PRIMARY KEY, v int)", "INSERT INTO early VALUES (1, 1)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader early = TopicReader.json(bed.topic("early"));
                    TopicReader topic = TopicReader.json(bed.topic("late"))) {
                bed.sql(
                        "UPDATE early SET v = 2",
                        "CREATE TYPE shout",
                        "CREATE FUNCTION shout_in(cstring) RETURNS shout LANGUAGE internal IMMUTABLE STRICT AS 'textin'",
                        "CREATE FUNCTION shout_out(shout) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'",
                        "CREATE TYPE shout (INPUT = shout_in, OUTPUT = shout_out, INTERNALLENGTH = VARIABLE, STORAGE = extended)",
                        "CREATE TYPE twice AS (a shout, b int)",
                        "CREATE TABLE late (id int PRIMARY KEY, v shout, a shout[], t twice)",
                        "INSERT INTO late VALUES (1, 'hey \"you\"', array['a', NULL, 'b,\"c']::shout[], ROW('x y', 3)), (2, NULL, '{}', NULL)",
                        "UPDATE early SET v = 3");
                TopicReader.RowSource rows = () -> bed.query(
                        "SELECT row_to_json(r) FROM (SELECT id, format('%s', v) AS v, a::text[], t FROM late WHERE v IS NOT NULL) r");
                bed.sql("DELETE FROM late WHERE id = 2");
                topic.awaitRows(rows, "id");
                early.awaitRows(() -> bed.query("SELECT row_to_json(early) FROM early"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            try (Running again = Running.of(settings).awaitStreaming();
                    TopicReader topic = TopicReader.json(bed.topic("late"))) {
                bed.sql("INSERT INTO late VALUES (5, 'five', NULL, NULL)");
                Waiting.until("the row", () -> topic.fold().size() == 2);
                assertThat(again.failureSoFar()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT", "15,TEST_DECODING"})
    void shouldSendALargeRow(String major, PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            String value = "(SELECT string_agg(md5(g::text), '') FROM generate_series(1, 500000) g)";
            bed.sql(
                    "CREATE TABLE book (id int PRIMARY KEY, n int, words text)",
                    "ALTER TABLE book ALTER words SET STORAGE EXTERNAL",
                    "INSERT INTO book VALUES (1, 1, " + value + ")");
            KafkaSettings kafka = bed.settings().kafka();
            String limit = Integer.toString(200 << 20);
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .kafka(new KafkaSettings(
                            kafka.bootstrapServers(),
                            Map.of("max.request.size", limit, "buffer.memory", limit),
                            Map.of("max.message.bytes", limit),
                            kafka.partitions(),
                            kafka.replicationFactor(),
                            kafka.createTopics()))
                    .build();
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader topic = TopicReader.json(
                            TestBed.kafka().bootstrapServers(),
                            bed.topic("book"),
                            Map.of(
                                    ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, limit,
                                    ConsumerConfig.FETCH_MAX_BYTES_CONFIG, limit))) {
                bed.sql("INSERT INTO book VALUES (2, 1, " + value + ")", "UPDATE book SET n = 2 WHERE id = 1");
                topic.await(3);
                String words = bed.query("SELECT md5(words) || length(words) FROM book WHERE id = 1")
                        .get(0);
                assertThat(topic.messages()).allSatisfy(message -> {
                    String text = message.value().get("words").textValue();
                    assertThat(md5(text) + text.length()).isEqualTo(words);
                });
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static String md5(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Of the strictest kind there is: readers of any version read messages of any other. */
    @ParameterizedTest
    @EnumSource(ValueForm.class)
    void shouldAddAndDropColumnsUnderFullTransitiveCompatibility(ValueForm form) throws Exception {
        try (RegistryServer registry = RegistryServer.start();
                TestBed bed = TestBed.on("18")) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(registry.url() + "/config"))
                    .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                    .PUT(HttpRequest.BodyPublishers.ofString("{\"compatibility\":\"FULL_TRANSITIVE\"}"))
                    .build();
            assertThat(HttpClient.newHttpClient()
                            .send(request, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, a text)", "INSERT INTO t VALUES (1, 'a')");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .value(form)
                    .registry(registry.url())
                    .build();
            try (TopicReader topic = TopicReader.avro(bed.topic("t"), URI.create(registry.url()))) {
                Running running = Running.of(settings).awaitStreaming();
                bed.sql(
                        "ALTER TABLE t ADD COLUMN b numeric(10,2)[] DEFAULT '{1.5}'",
                        "INSERT INTO t VALUES (2, 'b')",
                        "ALTER TABLE t DROP COLUMN a",
                        "INSERT INTO t VALUES (3)",
                        "ALTER TABLE t ADD COLUMN a text NOT NULL DEFAULT ''",
                        "INSERT INTO t VALUES (4)");
                assertThat(topic.await(4).stream()
                                .map(TopicReader.Message::value)
                                .map(value -> form == ValueForm.ROW ? value : value.get("after"))
                                .map(JsonNode::size))
                        .containsExactly(2, 3, 2, 3);
                assertThat(running.failureSoFar()).isEmpty();
                bed.sql(
                        "ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE int USING 7",
                        "INSERT INTO t VALUES (5, '{}', 8)");
                assertThat(running.failure())
                        .hasMessageContaining("table=public.t key={\"id\":5}")
                        .hasMessageContaining(bed.topic("t") + "-value")
                        .hasMessageContaining("field changed: a from [\"null\",\"string\"] to [\"null\",\"int\"]");
            }
        }
    }
}
