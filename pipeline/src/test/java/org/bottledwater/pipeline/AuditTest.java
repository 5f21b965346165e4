package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.bottledwater.pipeline.audit.Difference;
import org.bottledwater.pipeline.audit.TableAudit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An audit finds what is wrong, says where, and mends it. */
final class AuditTest {
    private static final TableName ITEMS = new TableName("public", "items");

    @Test
    void shouldFindAndRepairAMissingRowAWrongValueAndAnExtraKey() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, name text, price numeric(10,2))",
                    "INSERT INTO items SELECT i, 'item ' || i, i / 7.0 FROM generate_series(1, 20000) i");
            Settings settings = bed.settings();
            try (Running running = Running.of(settings).awaitStreaming();
                    Writing pulse = pulse(bed)) {
                pulse.awaitCommits(1);
                try (Forgery forgery = new Forgery(bed.topic("items"))) {
                    forgery.send(utf8("{\"id\":4711}"), null);
                    forgery.send(utf8("{\"id\":815}"), utf8("{\"id\":815,\"name\":\"item 815\",\"price\":1.00}"));
                    forgery.send(utf8("{\"id\":20001}"), utf8("{\"id\":20001,\"name\":\"ghost\",\"price\":1}"));
                }

                AuditReport found = audit(settings);
                assertThat(found.isClean()).isFalse();
                TableAudit items = found.table(ITEMS).orElseThrow();
                assertThat(items.differences())
                        .containsExactlyInAnyOrder(
                                new Difference(Difference.Kind.MISSING, "{\"id\":4711}", List.of()),
                                new Difference(Difference.Kind.DIFFERENT, "{\"id\":815}", List.of("price")),
                                new Difference(Difference.Kind.EXTRA, "{\"id\":20001}", List.of()));
                assertThat(items.rows()).isEqualTo(20000);
                assertThat(List.of(items.missing(), items.different(), items.extra(), items.repaired()))
                        .containsExactly(1L, 1L, 1L, 0L);

                TableAudit repaired = repair(settings).table(ITEMS).orElseThrow();
                assertThat(repaired.verdict()).isEqualTo(TableAudit.Verdict.SAME);
                assertThat(repaired.repaired()).isEqualTo(3);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldFindAndRepairInAvroToo() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.avro(bed.topic("items"))) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, name text)",
                    "INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 50) i");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming();
                    Writing pulse = pulse(bed);
                    Forgery forgery = new Forgery(bed.topic("items"))) {
                pulse.awaitCommits(1);
                byte[] value = forgery.message(0).value();
                forgery.send(key(forgery, 7), null);
                forgery.send(key(forgery, 8), value);
                forgery.send(key(forgery, 60), value);

                TableAudit items = repair(settings).table(ITEMS).orElseThrow();
                assertThat(items.differences())
                        .containsExactlyInAnyOrder(
                                new Difference(Difference.Kind.MISSING, "{\"id\":7}", List.of()),
                                new Difference(Difference.Kind.DIFFERENT, "{\"id\":8}", List.of("id", "name")),
                                new Difference(Difference.Kind.EXTRA, "{\"id\": 60}", List.of()));
                assertThat(items.repaired()).isEqualTo(3);
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM items t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** Twenty thousand rows of older schemas are compared in the first look, by the columns that they still have. */
    @ParameterizedTest
    @EnumSource(OutputFormat.class)
    void shouldCompareMessagesOfOlderSchemasByWhatTheyHaveInCommon(OutputFormat format) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, name text, price int, size int, mood varchar(4))",
                    "INSERT INTO items SELECT i, 'item ' || i, i, i, 'good' FROM generate_series(1, 20000) i");
            Settings settings =
                    new SettingsBuilder(bed.settings()).format(format).build();
            try (Running running = Running.of(settings).awaitStreaming();
                    Writing pulse = pulse(bed)) {
                pulse.awaitCommits(1);
                bed.sql(
                        "ALTER TABLE items ADD COLUMN stock int DEFAULT 7",
                        "UPDATE items SET stock = 8 WHERE id % 3 = 0",
                        "ALTER TABLE items DROP COLUMN size, ALTER mood TYPE varchar(40)",
                        "ALTER TABLE items RENAME COLUMN name TO label",
                        "COMMENT ON COLUMN items.label IS 'what it says'");
                if (format == OutputFormat.AVRO) {
                    bed.sql("ALTER TABLE items ALTER price TYPE text USING 'EUR ' || price");
                }
                TableAudit items = audit(settings).table(ITEMS).orElseThrow();
                assertThat(items.verdict()).isEqualTo(TableAudit.Verdict.SAME);
                assertThat(List.of(items.rows(), items.healed())).containsExactly(20000L, 0L);

                // A column that has stayed is compared in messages of every age.
                try (Forgery forgery = new Forgery(bed.topic("items"))) {
                    forgery.send(forgery.message(1).key(), forgery.message(2).value());
                }
                items = audit(settings).table(ITEMS).orElseThrow();
                assertThat(items.differences()).singleElement().satisfies(difference -> {
                    assertThat(difference.kind()).isEqualTo(Difference.Kind.DIFFERENT);
                    assertThat(difference.columns()).contains("id").doesNotContain("label", "stock", "size");
                });
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldSayInWordsWhatItDoesNotJudge() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, price numeric(10,2))",
                    "INSERT INTO items VALUES (1, 1), (2, 'NaN')",
                    "CREATE TABLE log (t text)",
                    "INSERT INTO log VALUES ('a')");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .allowUnkeyed()
                    .onError(OnError.LOG)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                AuditReport report = audit(settings);
                assertThat(report.isClean()).isTrue();
                assertThat(report.table(new TableName("public", "log")).orElseThrow())
                        .satisfies(log -> {
                            assertThat(log.verdict()).isEqualTo(TableAudit.Verdict.NOT_AUDITED);
                            assertThat(log.remark()).startsWith("without a key");
                        });
                assertThat(report.table(ITEMS).orElseThrow().unjudged()).isEqualTo(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldNotMissRowsThatNobodyWantedCopied() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, n int)",
                    "INSERT INTO items VALUES (1, 1), (2, 1), (3, 1)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).skipSnapshot().build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("UPDATE items SET n = 2 WHERE id = 1", "INSERT INTO items VALUES (4, 1)");
                TableAudit items = audit(settings).table(ITEMS).orElseThrow();
                assertThat(items.verdict()).isEqualTo(TableAudit.Verdict.SAME);
                assertThat(items.unjudged()).isEqualTo(2);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(PartitionedTables.class)
    void shouldAuditPartitionsByRootAndByLeafWithAPublicationOfTheUsers(PartitionedTables as) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE sales (a text, id int, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
                    "CREATE TABLE low (id int NOT NULL, a text, PRIMARY KEY (id))",
                    "ALTER TABLE sales ATTACH PARTITION low FOR VALUES FROM (0) TO (10)",
                    "CREATE TABLE high PARTITION OF sales FOR VALUES FROM (10) TO (100)",
                    "CREATE TABLE left_out (id int PRIMARY KEY)",
                    "INSERT INTO sales SELECT 'n' || i, i FROM generate_series(0, 40) i",
                    "CREATE PUBLICATION mine FOR TABLE sales, left_out");
            Settings settings = new SettingsBuilder(bed.settings())
                    .publication("mine")
                    .tables("!left_out")
                    .partitioned(as)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("UPDATE sales SET id = id + 50 WHERE id IN (8, 9, 39)", "DELETE FROM sales WHERE id = 20");
                AuditReport report = audit(settings);
                assertThat(report.isClean()).as(report::toString).isTrue();
                assertThat(report.tables().stream().map(table -> table.table().table()))
                        .containsExactlyElementsOf(
                                as == PartitionedTables.ROOT ? List.of("sales") : List.of("high", "low"));
                assertThat(report.rows()).isEqualTo(40);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldSayThatNobodyCopies() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE items (id int PRIMARY KEY)");
            assertThatThrownBy(() -> audit(bed.settings()))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("nothing is known of slot " + bed.name);
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql("INSERT INTO items VALUES (1)");
            AuditSettings usual = AuditSettings.standard();
            AuditSettings impatient =
                    new AuditSettings(false, 1, Duration.ofSeconds(2), usual.folder(), usual.samples());
            assertThatThrownBy(() -> Audit.run(bed.settings(), impatient, new AuditListener() {}))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("the running instance does not get on: slot=" + bed.name + " copied=")
                    .hasMessageContaining("is it running?");
        }
    }

    /** Keys that the application writes to all the time, of which some are repaired. */
    @Test
    void shouldRepairNextToARunningInstanceWithoutOvertakingIt() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("items"))) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)",
                    "INSERT INTO items SELECT i, 0 FROM generate_series(1, 2000) i");
            Settings settings = bed.settings();
            try (Running running = Running.of(settings).awaitStreaming()) {
                try (Writing application = Writing.to(bed, AuditTest::update);
                        Forgery forgery = new Forgery(bed.topic("items"))) {
                    long repaired = 0;
                    for (int round = 0; round < 2; round++) {
                        for (int id = 1; id <= 500; id++) {
                            forgery.send(utf8("{\"id\":" + id + "}"), null);
                        }
                        TableAudit items = repair(settings).table(ITEMS).orElseThrow();
                        assertThat(items.verdict()).as(items::toString).isEqualTo(TableAudit.Verdict.SAME);
                        repaired += items.repaired();
                        application.awaitCommits(1);
                    }
                    assertThat(repaired).isPositive();
                }
                assertThat(audit(settings).isClean()).isTrue();
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM items t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertVersionsNeverFall(topic.messages());
        }
    }

    /** About a thousand a second. */
    private static String update(Random random) {
        LockSupport.parkNanos(1_000_000);
        return "UPDATE items SET n = n + 1 WHERE id = " + (1 + random.nextInt(2000));
    }

    /** A repair never brings a value back that was there before. */
    private static void assertVersionsNeverFall(List<TopicReader.Message> messages) {
        Map<String, Integer> last = new HashMap<>();
        for (TopicReader.Message message : messages) {
            if (!message.value().isNull()) {
                String key = message.key().toString();
                int version = message.value().get("n").decimalValue().intValue();
                Integer before = last.put(key, version);
                assertThat(before == null || before <= version)
                        .as(key + ": " + version + " after " + before + " at " + message.offset())
                        .isTrue();
            }
        }
    }

    /** On a database where nothing happens a position is confirmed every two seconds only, and each look waits for one. */
    private static Writing pulse(TestBed bed) throws Exception {
        bed.sql("CREATE TABLE pulse (id int PRIMARY KEY, n int)", "INSERT INTO pulse VALUES (1, 0)");
        return Writing.to(bed, random -> {
            LockSupport.parkNanos(5_000_000);
            return "UPDATE pulse SET n = n + 1";
        });
    }

    /** An Avro key with the schema of those that are there. */
    private static byte[] key(Forgery forgery, int id) {
        byte[] key = forgery.message(0).key().clone();
        key[key.length - 1] = (byte) (id * 2);
        return key;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** To Kafka a key is its bytes: with the id of another schema it is another one, which nothing would ever replace. */
    @Test
    void shouldFindARowUnderTheKeyOfAnotherSchema() throws Exception {
        try (TestBed bed = TestBed.on("18");
                Forgery forgery = new Forgery(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'a')");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                assertThat(audit(settings).isClean()).isTrue();
                ConsumerRecord<byte[], byte[]> row = forgery.message(0);
                byte[] otherKey = row.key().clone();
                otherKey[1] ^= 1;
                forgery.send(otherKey, row.value());
                assertThat(audit(settings).isClean()).isFalse();
                repair(settings);
                assertThat(audit(settings).isClean()).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldNotCallACopyOfNothingTrue() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)", "CREATE PUBLICATION mine FOR TABLE t");
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("mine").build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("ALTER PUBLICATION mine DROP TABLE t");
                assertThatThrownBy(() -> audit(settings))
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageStartingWith(
                                "no table is captured, so there is nothing to audit: tables=* publication=mine");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static AuditReport repair(Settings settings) throws InterruptedException {
        return Audit.run(settings, AuditSettings.standard().withRepair(true), new AuditListener() {});
    }

    private static AuditReport audit(Settings settings) throws InterruptedException {
        return Audit.run(settings, AuditSettings.standard(), new AuditListener() {});
    }
}
