package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row filters and column lists of a publication hold for the copy as they do for the stream. */
final class PublishedPartTest {
    private static final String ROWS = "SELECT row_to_json(t) FROM (SELECT id, \"Item\" FROM t WHERE id > 10) t";

    @ParameterizedTest
    @ValueSource(strings = {"15", "18"})
    void shouldCopyWhatThePublicationHas(String major) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TABLE t (secret text, id int PRIMARY KEY, other int, \"Item\" text)",
                    "INSERT INTO t SELECT 'secret', i, i, 'item ' || i FROM generate_series(1, 100) i",
                    "CREATE PUBLICATION mine FOR TABLE t (id, \"Item\") WHERE (id > 10)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("mine").build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                assertThat(running.rowsCopied).hasValue(90);
                bed.sql(
                        "INSERT INTO t VALUES ('secret', 7000, 1, 'new'), ('secret', -1, 1, 'out of it')",
                        "UPDATE t SET \"Item\" = 'changed' WHERE id % 2 = 0",
                        "UPDATE t SET id = id - 70 WHERE id BETWEEN 51 AND 60",
                        "DELETE FROM t WHERE id = 99");
                topic.awaitRows(() -> bed.query(ROWS), "id");
                AuditReport report = Audit.run(settings, AuditSettings.standard(), new AuditListener() {});
                assertThat(report.isClean()).as(report::toString).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages())
                    .allSatisfy(message -> assertThat(message.value().toString() + message.key())
                            .doesNotContain("secret")
                            .doesNotContain("other"));
        }
    }

    @Test
    void shouldTakeTheFilterOfThePartition() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("sales"))) {
            bed.sql(
                    "CREATE TABLE sales (id int PRIMARY KEY, item text) PARTITION BY RANGE (id)",
                    "CREATE TABLE low PARTITION OF sales FOR VALUES FROM (0) TO (100)",
                    "CREATE TABLE high PARTITION OF sales FOR VALUES FROM (100) TO (200)",
                    "INSERT INTO sales SELECT i, 'n' FROM generate_series(0, 199) i",
                    "CREATE PUBLICATION mine FOR TABLE low WHERE (id >= 90), TABLE high");
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("mine").build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                assertThat(running.rowsCopied).hasValue(110);
                bed.sql("UPDATE sales SET item = 'changed' WHERE id % 10 = 0");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(s) FROM sales s WHERE id >= 90"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldPublishAColumnThatIsAddedLater() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "INSERT INTO t VALUES (1)",
                    "CREATE PUBLICATION mine FOR TABLE t");
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("mine").build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("ALTER TABLE t ADD COLUMN more text", "INSERT INTO t VALUES (2, 'x')");
                topic.await(2);
                assertThat(topic.messages().get(1).value().has("more")).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }
}
