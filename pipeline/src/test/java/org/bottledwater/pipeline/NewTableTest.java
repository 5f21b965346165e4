package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables that come up while the program runs: with a key, without, or without for a moment. */
final class NewTableTest {
    private static final String ROWS = "SELECT row_to_json(t) FROM t";

    /** pgoutput publishes only the inserts of a table without key; test_decoding tells of each update, too. */
    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"PGOUTPUT", "TEST_DECODING"})
    void shouldSendEachChangeOfANewTableWithoutKey(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("n"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .allowUnkeyed()
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "CREATE TABLE n (id int)",
                        "INSERT INTO n VALUES (1)",
                        "UPDATE n SET id = 2",
                        "DELETE FROM n",
                        "INSERT INTO n VALUES (3)");
                int messages = plugin == PluginChoice.PGOUTPUT ? 2 : 3;
                topic.await(messages);
                bed.sql("INSERT INTO n VALUES (4)");
                topic.await(messages + 1);
                assertThat(topic.messages()).hasSize(messages + 1);
                assertThat(running.failureSoFar()).isEmpty();
            }
            try (Running running = Running.of(settings).awaitStreaming()) {
                int before = topic.messages().size();
                bed.sql("INSERT INTO n VALUES (5)");
                topic.await(before + 1);
                assertThat(topic.messages()).hasSize(before + 1);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldSendEachChangeOfANewTableThatTestDecodingTells() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("n"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(PluginChoice.TEST_DECODING)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "CREATE TABLE n (id int PRIMARY KEY, v text)",
                        "INSERT INTO n VALUES (1, 'a')",
                        "UPDATE n SET v = 'b'",
                        "DELETE FROM n",
                        "INSERT INTO n VALUES (2, 'c')");
                topic.await(4);
                assertThat(topic.messages())
                        .extracting(TopicReader.Message::operation)
                        .containsExactly("insert", "update", "delete", "insert");
                topic.awaitExactly(() -> bed.query("SELECT row_to_json(n) FROM n"));
                // Of a table that nobody has written to there is no row that would tell.
                bed.sql("CREATE TABLE empty (id int PRIMARY KEY)");
                AuditReport report = Audit.run(settings, AuditSettings.standard(), new AuditListener() {});
                assertThat(report.isClean()).as(report.tables().toString()).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** With default options: neither the run, nor its next start, nor the other tables are any worse for it. */
    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"PGOUTPUT", "TEST_DECODING"})
    void shouldGoOnBesideTablesWithoutKey(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"));
                TopicReader restored = TopicReader.json(bed.topic("restored"));
                TopicReader keyed = TopicReader.json(bed.topic("keyed"));
                TopicReader later = TopicReader.json(bed.topic("later"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'a')");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "CREATE TABLE brief AS SELECT * FROM t",
                        "DROP TABLE brief",
                        "CREATE TABLE stays AS SELECT * FROM t",
                        "BEGIN; CREATE TABLE keyed (id int PRIMARY KEY); CREATE TABLE keyless (id int);"
                                + " INSERT INTO keyed VALUES (1); INSERT INTO keyless VALUES (1); COMMIT",
                        "CREATE TABLE restored (id int, v text)",
                        "INSERT INTO restored VALUES (1, 'a'), (2, 'b')",
                        "ALTER TABLE restored ADD PRIMARY KEY (id)",
                        "INSERT INTO t VALUES (2, 'b')");
                topic.awaitExactly(() -> bed.query(ROWS));
                keyed.awaitExactly(() -> bed.query("SELECT row_to_json(k) FROM keyed k"));
                restored.awaitExactly(() -> bed.query("SELECT row_to_json(r) FROM restored r"));
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql(
                    "CREATE TABLE later AS SELECT * FROM t",
                    "INSERT INTO stays VALUES (7, 'x')",
                    "CREATE TABLE brief AS SELECT * FROM t",
                    "DROP TABLE brief",
                    "UPDATE t SET v = 'down'");
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.awaitExactly(() -> bed.query(ROWS));
                bed.sql("ALTER TABLE later ADD PRIMARY KEY (id)");
                later.awaitExactly(() -> bed.query("SELECT row_to_json(l) FROM later l"));
                bed.sql("DELETE FROM later WHERE id = 1", "UPDATE t SET v = 'on'");
                later.awaitExactly(() -> bed.query("SELECT row_to_json(l) FROM later l"));
                topic.awaitExactly(() -> bed.query(ROWS));
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** It was admitted without a copy, and is watched all the same; and a table without key gets one. */
    @Test
    void shouldNoticeWhatBecomesOfTablesThatWereAdmitted() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("n"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(PluginChoice.TEST_DECODING)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("CREATE TABLE n (id int PRIMARY KEY, k int)", "INSERT INTO n VALUES (1, 11), (2, 12)");
                topic.await(2);
                bed.sql("BEGIN; ALTER TABLE n ALTER k SET NOT NULL; ALTER TABLE n DROP CONSTRAINT n_pkey;"
                        + " ALTER TABLE n ADD PRIMARY KEY (k); COMMIT");
                topic.awaitExactly(() -> bed.query("SELECT row_to_json(n) FROM n"));
                Waiting.until(
                        "the rows have their new keys", () -> topic.messages().size() == 6);
                topic.awaitExactly(() -> bed.query("SELECT row_to_json(n) FROM n"));
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }
}
