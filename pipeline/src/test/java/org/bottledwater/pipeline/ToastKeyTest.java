package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that are large enough for TOAST: an update of another column does not repeat them in the new row. */
final class ToastKeyTest {
    /** What does not compress, so that it leaves the row. */
    private static final String LARGE =
            "(SELECT string_agg(md5(%s::text || g), '' ORDER BY g) FROM generate_series(1, 75) g)";

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT,JSON", "18,PGOUTPUT,AVRO", "18,TEST_DECODING,JSON", "15,PGOUTPUT,JSON"})
    void shouldFindTheRow(String major, PluginChoice plugin, OutputFormat format) throws Exception {
        String large = LARGE.formatted("i");
        try (TestBed bed = TestBed.on(major)) {
            bed.sql(
                    "CREATE TABLE text_key (id text PRIMARY KEY, n int, big text)",
                    "ALTER TABLE text_key ALTER big SET STORAGE EXTERNAL",
                    "CREATE TABLE pair_key (a int, id text, n int, big text, PRIMARY KEY (a, id))",
                    "CREATE TABLE bytes_key (id bytea PRIMARY KEY, n int, big text)",
                    "CREATE TABLE list_key (id int[] PRIMARY KEY, n int, big text)",
                    "ALTER TABLE list_key ALTER id SET STORAGE EXTERNAL",
                    "CREATE TABLE index_key (n int, id text NOT NULL, big text)",
                    "CREATE UNIQUE INDEX index_key_id ON index_key (id)",
                    "ALTER TABLE index_key REPLICA IDENTITY USING INDEX index_key_id",
                    "CREATE TABLE full_key (id text PRIMARY KEY, n int, big text)",
                    "ALTER TABLE full_key REPLICA IDENTITY FULL",
                    "INSERT INTO text_key SELECT " + large + ", i, " + large + " FROM generate_series(1, 3) i",
                    "INSERT INTO pair_key SELECT i, id, n, big FROM text_key, generate_series(1, 2) i",
                    "INSERT INTO bytes_key SELECT convert_to(id, 'UTF8'), n, big FROM text_key",
                    "INSERT INTO list_key SELECT array(SELECT g * n * 7919 FROM generate_series(1, 600) g), n, big"
                            + " FROM text_key",
                    "INSERT INTO index_key SELECT n, id, big FROM text_key",
                    "INSERT INTO full_key SELECT * FROM text_key");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(format)
                    .build();
            List<String> tables = List.of("text_key", "pair_key", "bytes_key", "list_key", "index_key", "full_key");
            try (Running running = Running.of(settings).awaitStreaming()) {
                for (String table : tables) {
                    bed.sql(
                            "UPDATE " + table + " SET n = n + 10",
                            "BEGIN; UPDATE " + table + " SET n = n + 100 WHERE n = 11; UPDATE " + table
                                    + " SET n = n + 1000, big = 'small' WHERE n = 12; DELETE FROM " + table
                                    + " WHERE n = 13; COMMIT");
                }
                bed.sql(
                        "UPDATE pair_key SET a = a + 7 WHERE n = 111",
                        "UPDATE text_key SET id = 'short' WHERE n = 111",
                        "UPDATE index_key SET id = id || 'x' WHERE n = 111");
                for (String table : tables) {
                    try (TopicReader topic = reader(bed, table, format)) {
                        String[] key = table.equals("pair_key") ? new String[] {"a", "id"} : new String[] {"id"};
                        topic.awaitRows(
                                () -> bed.query("SELECT row_to_json(t) FROM " + table(table, format) + " t"), key);
                        // A row that is gone by now has no value to be read; its key is known all the same.
                        assertThat(topic.messages())
                                .allMatch(message -> message.headers()
                                        .getOrDefault("pg.unknown", "big")
                                        .equals("big"));
                    }
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** Nothing in the WAL of these servers says which row it is. */
    @Test
    void shouldSayThatAnOldServerDoesNotWriteTheKey() throws Exception {
        try (TestBed bed = TestBed.on("9.5")) {
            bed.sql(
                    "CREATE TABLE t (id text PRIMARY KEY, n int, big text)",
                    "CREATE TABLE other (id text PRIMARY KEY, n int, big text)",
                    "ALTER TABLE other REPLICA IDENTITY FULL");
            String rows = " SELECT " + LARGE.formatted("i") + ", i, " + LARGE.formatted("i")
                    + " FROM generate_series(1, 2) i";
            bed.sql("INSERT INTO t" + rows, "INSERT INTO other" + rows);
            Running running = Running.of(bed.settings()).awaitStreaming();
            bed.sql("UPDATE t SET n = 7 WHERE n = 1", "UPDATE other SET n = 7 WHERE n = 1");
            assertThat(running.failure())
                    .hasMessageContaining("table=public.t")
                    .hasMessageContaining("does not have it: columns=id;")
                    .hasMessageContaining("--on-error=log")
                    .hasMessageContaining("ALTER TABLE \"public\".\"t\" REPLICA IDENTITY FULL");
            Settings passing =
                    new SettingsBuilder(bed.settings()).onError(OnError.LOG).build();
            try (Running again = Running.of(passing).awaitStreaming();
                    TopicReader topic = TopicReader.json(bed.topic("t"));
                    TopicReader other = TopicReader.json(bed.topic("other"))) {
                bed.sql("DELETE FROM t WHERE n = 7", "UPDATE t SET id = 'short' WHERE n = 2");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                other.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM other t"), "id");
                assertThat(again.failureSoFar()).isEmpty();
            }
        }
    }

    private static TopicReader reader(TestBed bed, String table, OutputFormat format) {
        return format == OutputFormat.AVRO ? TopicReader.avro(bed.topic(table)) : TopicReader.json(bed.topic(table));
    }

    /** As the topic shows it: bytes of Avro are read as text here, those of JSON are in base64. */
    private static String table(String table, OutputFormat format) {
        String bytes = format == OutputFormat.AVRO
                ? "convert_from(id, 'UTF8')"
                : "translate(encode(id, 'base64'), E'\\n', '')";
        return table.equals("bytes_key") ? "(SELECT " + bytes + " AS id, n, big FROM bytes_key)" : table;
    }
}
