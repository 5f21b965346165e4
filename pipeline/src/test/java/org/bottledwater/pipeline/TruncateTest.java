package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nobody is left believing that the rows of a truncated table still exist. */
final class TruncateTest {
    private static final String ROWS = "SELECT row_to_json(t) FROM item t";

    @ParameterizedTest
    @CsvSource({
        "18,PGOUTPUT,EXACTLY_ONCE",
        "18,PGOUTPUT,AT_LEAST_ONCE",
        "18,TEST_DECODING,EXACTLY_ONCE",
        "12,AUTO,EXACTLY_ONCE"
    })
    void shouldDeleteEveryKeyOfATruncatedTable(String major, PluginChoice plugin, Delivery delivery) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader items = TopicReader.json(bed.topic("item"));
                TopicReader parts = TopicReader.json(bed.topic("part"))) {
            bed.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, note text)",
                    "CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item)",
                    "INSERT INTO item SELECT i, 'copied' FROM generate_series(1, 5000) i",
                    "INSERT INTO part VALUES (1, 1)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .delivery(delivery)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO item VALUES (5001, 'streamed')",
                        "DELETE FROM item WHERE id = 5000",
                        // What the same transaction wrote before goes too, what it writes after stays.
                        "BEGIN; INSERT INTO item VALUES (5002, 'same'); TRUNCATE item CASCADE;"
                                + " INSERT INTO item VALUES (1, 'after'); COMMIT",
                        "BEGIN; TRUNCATE item CASCADE; ROLLBACK",
                        "INSERT INTO item VALUES (2, 'last')");
                items.awaitRows(() -> bed.query(ROWS), "id");
                parts.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM part t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(items.fold()).hasSize(2);
            assertThat(parts.fold()).isEmpty();
            List<TopicReader.Message> tombstones = items.messages().stream()
                    .filter(message -> message.operation().equals("truncate"))
                    .toList();
            // A deleted key may get another null value, as its topic still holds its old one.
            assertThat(tombstones).hasSize(5002).allSatisfy(message -> {
                assertThat(message.value().isNull()).isTrue();
                assertThat(message.headers()).containsKey("pg.xid");
            });
        }
    }

    @Test
    void shouldMarkEveryPartitionOfATableWithoutKey() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("log"))) {
            bed.sql("CREATE TABLE log (item text)", "INSERT INTO log VALUES ('a')");
            Settings settings = new SettingsBuilder(bed.settings())
                    .allowUnkeyed()
                    .partitions(3)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("TRUNCATE log", "INSERT INTO log VALUES ('b')");
                topic.await(5);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages())
                    .filteredOn(message -> message.operation().equals("truncate"))
                    .hasSize(3)
                    .allSatisfy(message -> {
                        assertThat(message.key().isNull()).isTrue();
                        assertThat(message.value().isNull()).isTrue();
                    });
        }
    }

    @Test
    void shouldOnlyWarnWhenTold() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("item"))) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY)", "INSERT INTO item VALUES (1)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .onTruncate(OnTruncate.IGNORE)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("TRUNCATE item", "INSERT INTO item VALUES (2)");
                topic.await(2);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.fold()).hasSize(2);
        }
    }

    /** The table is copied after the TRUNCATE, which is still to come in the stream: it must not take the copy's rows. */
    @Test
    void shouldLeaveOutATruncateThatTheCopyHasSeen() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("late"))) {
            bed.sql("CREATE TABLE other (id int PRIMARY KEY)", "CREATE TABLE late (id int PRIMARY KEY)");
            Running.of(new SettingsBuilder(bed.settings()).tables("other").build())
                    .awaitStreaming()
                    .close();
            bed.sql("INSERT INTO late VALUES (1)", "TRUNCATE late", "INSERT INTO late VALUES (2)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("INSERT INTO late VALUES (3)");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM late t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages().stream().map(TopicReader.Message::operation))
                    .containsExactly("snapshot", "insert");
            assertThat(Map.copyOf(topic.fold())).hasSize(2);
        }
    }
}
