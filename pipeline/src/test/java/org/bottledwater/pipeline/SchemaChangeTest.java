package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each row is read with the schema it was written with: names and values are those of its time. */
final class SchemaChangeTest {
    private static final String SERVERS = """
            18,  PGOUTPUT,      true
            18,  PGOUTPUT,      false
            18,  TEST_DECODING, true
            18,  TEST_DECODING, false
            12,  PGOUTPUT,      false
            9.5, TEST_DECODING, true
            9.5, TEST_DECODING, false
            """;

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldFollowColumns(String major, PluginChoice plugin, boolean runs) throws Exception {
        String[] changes = {
            "INSERT INTO t VALUES (1, 'a')",
            "ALTER TABLE t ADD COLUMN amount int",
            "INSERT INTO t VALUES (2, 'b', 5)",
            "ALTER TABLE t RENAME COLUMN item TO name",
            "INSERT INTO t VALUES (3, 'c', 6)",
            "ALTER TABLE t ALTER COLUMN amount TYPE text",
            "COMMENT ON COLUMN t.amount IS 'in words'",
            "INSERT INTO t VALUES (4, 'd', 'seven')",
            "ALTER TABLE t DROP COLUMN name",
            "INSERT INTO t VALUES (5, 'eight')",
            "ALTER TABLE t ADD COLUMN dice int DEFAULT (random() * 0)::int",
            "INSERT INTO t VALUES (6, 'nine', 10)"
        };
        assertThat(messages(major, plugin, runs, changes))
                .containsExactly(
                        "insert {'id':1,'item':'a'}",
                        "insert {'id':2,'item':'b','amount':5}",
                        "insert {'id':3,'name':'c','amount':6}",
                        "insert {'id':4,'name':'d','amount':'seven'}",
                        "insert {'id':5,'amount':'eight'}",
                        "insert {'id':6,'amount':'nine','dice':10}");
    }

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldFollowTypes(String major, PluginChoice plugin, boolean runs) throws Exception {
        String[] changes = {
            "CREATE TYPE mood AS ENUM ('good')",
            "CREATE TYPE other AS ENUM ('good', 'odd')",
            "CREATE TYPE pair AS (a int)",
            "ALTER TABLE t ADD COLUMN m mood, ADD COLUMN p pair",
            "INSERT INTO t VALUES (1, 'a', 'good', ROW(1))",
            "ALTER TYPE mood ADD VALUE 'bad'",
            "INSERT INTO t VALUES (2, 'a', 'bad', ROW(1))",
            "ALTER TABLE t ALTER COLUMN m TYPE other USING 'odd'",
            "INSERT INTO t VALUES (3, 'a', 'odd', ROW(2))",
            "ALTER TABLE t ALTER COLUMN item TYPE varchar(20)",
            "INSERT INTO t VALUES (4, 'b', 'good', ROW(3))"
        };
        assertThat(messages(major, plugin, runs, changes))
                .containsExactly(
                        "insert {'id':1,'item':'a','m':'good','p':{'a':1}}",
                        "insert {'id':2,'item':'a','m':'bad','p':{'a':1}}",
                        "insert {'id':3,'item':'a','m':'odd','p':{'a':2}}",
                        "insert {'id':4,'item':'b','m':'good','p':{'a':3}}");
    }

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = SERVERS)
    void shouldFollowReplicaIdentity(String major, PluginChoice plugin, boolean runs) throws Exception {
        String[] changes = {
            "ALTER TABLE t ALTER COLUMN item SET NOT NULL",
            "CREATE UNIQUE INDEX by_item ON t (item)",
            "INSERT INTO t VALUES (1, 'a')",
            "ALTER TABLE t REPLICA IDENTITY FULL",
            "UPDATE t SET item = 'b'",
            "ALTER TABLE t REPLICA IDENTITY DEFAULT",
            "UPDATE t SET item = 'c'"
        };
        assertThat(messages(major, plugin, runs, changes))
                .containsExactly(
                        "insert {'id':1,'item':'a'}", "update {'id':1,'item':'b'}", "update {'id':1,'item':'c'}");
    }

    /** What the topic of table t has after the changes, made one by one while it runs, or all while it is down. */
    private static List<String> messages(String major, PluginChoice plugin, boolean runs, String... changes)
            throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.avro(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(OutputFormat.AVRO)
                    .build();
            int rows = 0;
            try (Running running = Running.of(settings).awaitStreaming()) {
                for (String change : changes) {
                    if (runs) {
                        bed.sql(change);
                        rows += isRow(change) ? 1 : 0;
                        topic.await(rows);
                    }
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
            if (!runs) {
                bed.sql(changes);
                for (String change : changes) {
                    rows += isRow(change) ? 1 : 0;
                }
                int expected = rows;
                try (Running running = Running.of(settings).awaitStreaming()) {
                    Waiting.until("the backlog is delivered or refused", () -> {
                        running.failureSoFar().ifPresent(e -> {
                            throw new AssertionError(e);
                        });
                        return topic.messages().size() >= expected;
                    });
                }
            }
            List<String> summaries = new ArrayList<>();
            topic.messages()
                    .forEach(message -> summaries.add(message.operation() + " "
                            + message.value().toString().replace('"', '\'')));
            return summaries;
        }
    }

    private static boolean isRow(String change) {
        return change.startsWith("INSERT") || change.startsWith("UPDATE");
    }
}
