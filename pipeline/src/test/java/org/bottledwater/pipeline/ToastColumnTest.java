package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Columns that change places while an update waits whose large values are still to be read. */
final class ToastColumnTest {
    private static final String LARGE =
            "(SELECT string_agg(md5('%s' || g), '' ORDER BY g) FROM generate_series(1, 200) g)";

    @ParameterizedTest
    @CsvSource({"18,PGOUTPUT,JSON", "15,TEST_DECODING,AVRO", "9.5,AUTO,JSON"})
    void shouldNeverSendTheValueOfAnotherColumn(String major, PluginChoice plugin, OutputFormat format)
            throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql("CREATE DOMAIN key AS int CHECK (VALUE > 0)");
            for (String table : List.of("swapped", "again", "typed", "keyed")) {
                bed.sql(
                        "CREATE TABLE " + table + " (gone int, id key PRIMARY KEY, n int, a text, b text)",
                        "ALTER TABLE " + table + " DROP gone",
                        "INSERT INTO " + table + " SELECT 1, 0, " + LARGE.formatted("a") + ", " + LARGE.formatted("b"));
            }
            String a = bed.query("SELECT a FROM swapped").get(0);
            String b = bed.query("SELECT b FROM swapped").get(0);
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(format)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                assertThat(running.failureSoFar()).isEmpty();
            }
            if (plugin == PluginChoice.PGOUTPUT) {
                bed.sql("UPDATE keyed SET n = 1");
            }
            bed.sql(
                    "UPDATE swapped SET n = 1",
                    "UPDATE again SET n = 1",
                    "UPDATE typed SET n = 1",
                    "ALTER TABLE swapped RENAME a TO x",
                    "ALTER TABLE swapped RENAME b TO a",
                    "ALTER TABLE swapped RENAME x TO b",
                    "ALTER TABLE again DROP b",
                    "ALTER TABLE again ADD b text DEFAULT 'other'",
                    "ALTER TABLE typed ALTER b TYPE varchar(9) USING 'short'",
                    "ALTER TABLE keyed RENAME id TO x",
                    "ALTER TABLE keyed RENAME n TO id",
                    "ALTER TABLE keyed RENAME x TO n");
            try (Running running = Running.of(settings).awaitStreaming()) {
                // A table that is told by its name, and was altered since: only a row that the transaction wrote is
                // surely of it.
                boolean certain = plugin == PluginChoice.PGOUTPUT;
                boolean rewritten = major.equals("9.5");
                assertUpdate(bed, format, "swapped", a, b, "");
                assertUpdate(bed, format, "again", rewritten ? "" : a, "", rewritten ? "a,b" : "b");
                assertUpdate(bed, format, "typed", certain ? a : "", "", certain ? "b" : "a,b");
                // test_decoding does not tell the key, which is taken from the catalog of now.
                if (plugin == PluginChoice.PGOUTPUT) {
                    try (TopicReader topic = format == OutputFormat.AVRO
                            ? TopicReader.avro(bed.topic("keyed"))
                            : TopicReader.json(bed.topic("keyed"))) {
                        topic.awaitExactly(() -> bed.query("SELECT row_to_json(k) FROM keyed k"));
                    }
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static void assertUpdate(
            TestBed bed, OutputFormat format, String table, String a, String b, String unknown) {
        try (TopicReader topic =
                format == OutputFormat.AVRO ? TopicReader.avro(bed.topic(table)) : TopicReader.json(bed.topic(table))) {
            TopicReader.Message update = topic.await(2).get(1);
            assertThat(update.operation()).isEqualTo("update");
            assertThat(text(update.value().get("a"))).as(table).isEqualTo(a);
            assertThat(text(update.value().get("b"))).as(table).isEqualTo(b);
            assertThat(update.headers().getOrDefault("pg.unknown", ""))
                    .as(table)
                    .isEqualTo(unknown);
        }
    }

    private static String text(JsonNode value) {
        return value.isNull() ? "" : value.textValue();
    }
}
