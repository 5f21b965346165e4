package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;

/** From PostgreSQL 18 on a publication may have stored generated columns. */
final class GeneratedColumnTest {
    @Test
    void shouldCopyTheGeneratedColumnsThatThePublicationHas() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, s int GENERATED ALWAYS AS (id * 2) STORED, v int,"
                            + " w int GENERATED ALWAYS AS (id * 3) VIRTUAL)",
                    "CREATE TABLE f (id int PRIMARY KEY, s int GENERATED ALWAYS AS (id * 2) STORED, v int)",
                    "ALTER TABLE f REPLICA IDENTITY FULL",
                    "CREATE TABLE k (id int, s int GENERATED ALWAYS AS (id * 2) STORED PRIMARY KEY, v int)",
                    "CREATE TABLE l (id int PRIMARY KEY, s int GENERATED ALWAYS AS (id * 2) STORED, v int)");
            for (String table : List.of("t", "f", "k", "l")) {
                bed.sql("INSERT INTO " + table + " (id, v) VALUES (1, 1), (2, 2), (3, 3)");
            }
            bed.sql("CREATE PUBLICATION mine FOR TABLE t, f, k, l (id, s)"
                    + " WITH (publish_generated_columns = stored)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("mine").build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                for (String table : List.of("t", "f", "k", "l")) {
                    String key = table.equals("k") ? "s" : "id";
                    String columns = table.equals("l") ? "id, s" : "id, s, v";
                    String rows = "SELECT row_to_json(r) FROM (SELECT " + columns + " FROM " + table + ") r";
                    try (TopicReader topic = TopicReader.json(bed.topic(table))) {
                        topic.awaitRows(() -> bed.query(rows), key);
                        bed.sql(
                                "INSERT INTO " + table + " (id, v) VALUES (7, 7)",
                                "UPDATE " + table + " SET v = 20, id = id + 10 WHERE id < 3",
                                "DELETE FROM " + table + " WHERE id = 3");
                        topic.awaitRows(() -> bed.query(rows), key);
                    }
                }
                AuditReport report = Audit.run(settings, AuditSettings.standard(), new AuditListener() {});
                assertThat(report.isClean()).as(report::toString).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** The table's own statements come first. */
    @Test
    void shouldLetTheApplicationGoOnThatAddsAGeneratedColumn() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, v int)",
                    "ALTER TABLE t REPLICA IDENTITY FULL",
                    "INSERT INTO t VALUES (1, 1)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                for (String kind : List.of("STORED", "VIRTUAL")) {
                    bed.sql("ALTER TABLE t ADD g int GENERATED ALWAYS AS (v + 1) " + kind);
                    Waiting.until("the application can update the table", () -> update(bed));
                    bed.sql("ALTER TABLE t DROP g");
                    topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                    bed.sql("UPDATE t SET v = v + 1");
                    topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql("ALTER TABLE t ADD g int GENERATED ALWAYS AS (v + 1) STORED");
            assertThatThrownBy(() -> bed.sql("UPDATE t SET v = v + 1")).hasMessageContaining("cannot update table");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("UPDATE t SET v = v + 1", "ALTER TABLE t DROP g");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static boolean update(TestBed bed) {
        try {
            bed.sql("UPDATE t SET v = v + 1");
            return true;
        } catch (SQLException e) {
            return false;
        }
    }
}
