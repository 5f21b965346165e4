package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The bytes of a key change only when the key does: a schema's id is part of them, so whatever else stood in a key's
 * schema would give each row a second key, and a compacted topic would keep both.
 */
final class StableKeyTest {
    private static final List<String> TYPES = List.of(
            "CREATE TYPE mood AS ENUM ('good', 'bad')",
            "CREATE DOMAIN short AS varchar(10)",
            "CREATE TYPE place AS (zip varchar(10), mood mood, moods mood[])");

    private static final String TABLE =
            "CREATE TABLE t (id int, code varchar(10), c char(4), m mood, ms mood[], d short,"
                    + " p place, PRIMARY KEY (id, code, c, m, ms, d, p), item text)";

    private static final List<String> CHANGES = List.of(
            "COMMENT ON COLUMN t.id IS 'a number'",
            "COMMENT ON COLUMN t.id IS 'another number'",
            "COMMENT ON TABLE t IS 'a table'",
            "COMMENT ON COLUMN place.zip IS 'part of a key'",
            "COMMENT ON DOMAIN short IS 'a domain'",
            "COMMENT ON TYPE mood IS 'a type'",
            "ALTER TABLE t ALTER COLUMN code TYPE varchar(40)",
            "ALTER TABLE t ALTER COLUMN code TYPE text",
            "ALTER TYPE mood ADD VALUE 'odd'",
            "ALTER TABLE t ADD COLUMN more int",
            "COMMENT ON COLUMN t.id IS NULL");

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource({"18, PGOUTPUT, true", "18, TEST_DECODING, true", "18, PGOUTPUT, false", "9.5, TEST_DECODING, false"})
    void shouldKeepOneKeyPerRow(String major, PluginChoice plugin, boolean runs) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.hex(bed.topic("t"))) {
            bed.sql(TYPES.toArray(String[]::new));
            bed.sql(TABLE);
            for (int id = 1; id <= 3; id++) {
                bed.sql("INSERT INTO t VALUES (" + id
                        + ", 'c', 'c', 'good', '{good,bad}', 'd', ROW('z', 'good', '{bad}'))");
            }
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(OutputFormat.AVRO)
                    .build();
            int messages = 3;
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(messages);
                for (String change : runs ? CHANGES : List.<String>of()) {
                    bed.sql(change, "UPDATE t SET item = concat(item, 'x')");
                    messages += 3;
                    topic.await(messages);
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
            if (!runs) {
                for (String change : CHANGES) {
                    bed.sql(change, "UPDATE t SET item = concat(item, 'x')");
                }
                int expected = messages + 3 * CHANGES.size();
                try (Running running = Running.of(settings)) {
                    Waiting.until("the backlog is delivered", () -> {
                        running.failureSoFar().ifPresent(e -> {
                            throw new AssertionError(e);
                        });
                        return topic.messages().size() >= expected;
                    });
                }
            }
            assertThat(topic.fold().keySet())
                    .as("live keys in a compacted topic")
                    .hasSize(3);
        }
    }
}
