package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.bottledwater.kafka.Blocks;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.Topics;
import org.bottledwater.postgres.PostgresAddress;
import org.bottledwater.sandbox.Proxy;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies by several workers, cut short in every way: no row twice, none missing, and nothing read again; see also {@link ResumedCopyTest}. */
final class SnapshotTest {
    /** Some dozens of chunks. */
    private static final int ROWS = 400_000;

    private static final String[] BIG = big(ROWS);

    /** A table of so many rows that a copy of it can be cut short. */
    static String[] big(int rows) {
        return new String[] {
            "CREATE TABLE big (id int PRIMARY KEY, item text) WITH (fillfactor = 40)",
            "INSERT INTO big SELECT i, repeat('x', 100) FROM generate_series(1, " + rows + ") i",
            "ANALYZE big"
        };
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void shouldCopyALargeTableAndManySmallOnesAtTheSameTime(Delivery delivery) throws Exception {
        try (TestBed bed = TestBed.on("18");
                IdReader big = new IdReader(bed.topic("big"));
                IdReader small = new IdReader(bed.topic("small_77"))) {
            bed.sql(BIG);
            bed.sql(
                    "DO $$ BEGIN FOR i IN 1..200 LOOP EXECUTE format('CREATE TABLE small_%s (id int PRIMARY KEY)', i);"
                            + " EXECUTE format('INSERT INTO small_%s SELECT generate_series(1, %s)', i, i % 100); END LOOP; END $$");
            Settings settings = new SettingsBuilder(bed.settings())
                    .delivery(delivery)
                    .snapshotWorkers(4)
                    .build();
            try (Running running = Running.of(settings)) {
                Set<String> connections = new HashSet<>();
                while (!running.streamingHasBegun()) {
                    connections.addAll(readers(bed));
                    TimeUnit.MILLISECONDS.sleep(5);
                }
                assertThat(connections).as("connections that copied").hasSizeBetween(2, 4);
                assertThat(running.rowsCopied).hasValue(ROWS + 2 * (99 * 100 / 2));
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertWhole(big, ROWS);
            assertWhole(small, 77);
        }
    }

    /** Those that read tables, by what they were asked last. */
    private static List<String> readers(TestBed bed) throws SQLException {
        return bed.query("SELECT pid FROM pg_stat_activity WHERE datname = '" + bed.name
                + "' AND xact_start IS NOT NULL AND query LIKE 'COPY (%'");
    }

    /**
     * Whoever waits for the first rows has them when the first chunks, small ones, are read.
     *
     * @param late whether the workers begin only when a round of the copy is over
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCommitTheFirstRowsByThemselves(boolean late) throws Exception {
        int blocks = 6000;
        try (TestBed bed = TestBed.on("18");
                Proxy network = Proxy.open();
                TopicReader topic = TopicReader.json(bed.topic("big"))) {
            bed.sql(
                    "CREATE TABLE big (id int PRIMARY KEY, item text) WITH (fillfactor = 10)",
                    "INSERT INTO big SELECT i, repeat('x', 500) FROM generate_series(1, " + blocks + ") i",
                    "ANALYZE big");
            assertThat(bed.query("SELECT relpages FROM pg_class WHERE relname = 'big'"))
                    .containsExactly(Integer.toString(blocks));
            network.forwardTo(bed.postgres.port());
            try (Running running = Running.of(FaultTest.throughNetwork(bed, network))) {
                if (late) {
                    Waiting.until(
                            "the slot is there",
                            () -> !bed.query("SELECT slot_name FROM pg_replication_slots WHERE database = '" + bed.name
                                            + "'")
                                    .isEmpty());
                    network.delay(100);
                    Waiting.until("the copy has begun", () -> !readers(bed).isEmpty() || topic.end() > 0);
                    network.heal();
                }
                topic.await(blocks);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(blocksOfFirstCommit(bed, "big"))
                    .as("blocks, each with a row, of the first commit: the first chunks of both workers")
                    .isBetween(1L, 128L + 128);
        }
    }

    private static long blocksOfFirstCommit(TestBed bed, String table) {
        String key = bed.name + "/snapshot/public." + table;
        try (TopicReader checkpoints = TopicReader.text(CheckpointTopic.DEFAULT_NAME)) {
            return checkpoints.messages().stream()
                    .filter(entry -> entry.key().asText().equals(key))
                    .mapToLong(entry ->
                            finished(TopicReader.parse(entry.value().asText().getBytes(UTF_8))))
                    .filter(blocks -> blocks > 0)
                    .findFirst()
                    .orElse(0);
        }
    }

    private static long finished(JsonNode progress) {
        return progress.has("finished")
                ? Blocks.parse(progress.get("finished").asText()).ranges().stream()
                        .mapToLong(range -> range.to() - range.from())
                        .sum()
                : progress.path("blocks").asLong();
    }

    /** What a transaction changed in several tables is in all of their copies, or in none. */
    @Test
    void shouldShowOneStateOfAllTables() throws Exception {
        List<String> tables = List.of("a", "b", "c", "d");
        try (TestBed bed = TestBed.on("18")) {
            for (String table : tables) {
                bed.sql(
                        "CREATE TABLE " + table + " (id int PRIMARY KEY, n int, pad text) WITH (fillfactor = 40)",
                        "INSERT INTO " + table + " SELECT i, 0, repeat('x', 100) FROM generate_series(1, 20000) i");
            }
            Settings settings =
                    new SettingsBuilder(bed.settings()).snapshotWorkers(4).build();
            try (Writing application = Writing.to(bed, random -> increment(tables, 1 + random.nextInt(20_000)))) {
                application.awaitCommits(200);
                try (Running running = Running.of(settings)) {
                    while (!running.streamingHasBegun()) {
                        application.awaitCommits(1);
                    }
                    assertThat(running.rowsCopied).hasValue(4 * 20_000);
                }
            }
            Map<Integer, Integer> first = copied(bed, tables.get(0));
            assertThat(first).hasSize(20_000).containsValue(1);
            for (String table : tables) {
                assertThat(copied(bed, table)).as(table).isEqualTo(first);
            }
        }
    }

    private static String increment(List<String> tables, int id) {
        return tables.stream()
                .map(table -> "UPDATE " + table + " SET n = n + 1 WHERE id = " + id)
                .collect(Collectors.joining("; "));
    }

    /** Column n by column id, as the copy has it. */
    private static Map<Integer, Integer> copied(TestBed bed, String table) {
        try (TopicReader topic = TopicReader.json(bed.topic(table))) {
            return topic.messages().stream()
                    .filter(message -> message.operation().equals("snapshot"))
                    .collect(Collectors.toMap(
                            message -> message.key().get("id").intValue(),
                            message -> message.value().get("n").intValue()));
        }
    }

    /** What a second run reads after {@code kill -9} in the middle; none of the rows comes twice. */
    @Test
    void shouldNotReadAgainWhatIsInKafkaWhenItWasKilled() throws Exception {
        try (TestBed bed = TestBed.on("18");
                IdReader topic = new IdReader(bed.topic("big"))) {
            bed.sql(BIG);
            try (KillableRun run = KillableRun.of(bed, PluginChoice.AUTO)) {
                run.until("much of it is in Kafka", () -> topic.end() >= ROWS * 4L / 10);
            }
            int before = topic.read().count("snapshot");
            assertThat(before).as("killed within the copy").isLessThan(ROWS);
            bed.sql(
                    "UPDATE big SET item = 'changed' WHERE id % 1000 = 1",
                    "DELETE FROM big WHERE id % 1000 = 2",
                    "INSERT INTO big SELECT i, 'new' FROM generate_series(1000001, 1000100) i");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                awaitRows(topic, bed);
                // What was committed were whole chunks, and none of their rows is read again.
                assertThat(running.rowsCopied.get()).isPositive().isLessThanOrEqualTo(ROWS - before);
                assertThat(running.failureSoFar()).isEmpty();
            }
            // Changes after the first snapshot come by the stream alone, so that nobody sees a row go back in time.
            assertThat(topic.count("insert")).isEqualTo(100);
            assertThat(topic.count("update")).isEqualTo(ROWS / 1000);
            assertThat(topic.count("delete")).isEqualTo(ROWS / 1000);
            assertThat(topic.count("snapshot")).isBetween(ROWS - 2 * ROWS / 1000, ROWS);
            assertThat(topic.doubled.cardinality()).as("rows that came twice").isZero();
        }
    }

    @Test
    void shouldSendTheRowsOfATableWithoutKeyOnceThoughItsCopyIsCut() throws Exception {
        try (TestBed bed = TestBed.on("18");
                IdReader topic = new IdReader(bed.topic("big"))) {
            bed.sql(BIG);
            bed.sql("ALTER TABLE big DROP CONSTRAINT big_pkey");
            Settings settings = new SettingsBuilder(bed.settings())
                    .allowUnkeyed()
                    .snapshotWorkers(1)
                    .topics(Map.of("cleanup.policy", "delete", "retention.ms", "-1"), true)
                    .build();
            Running first = Running.of(settings);
            Waiting.until("some of it is in Kafka", () -> topic.end() > 0 || first.streamingHasBegun());
            first.close();
            assertThat(first.streamingHasBegun()).as("stopped within the copy").isFalse();
            // They fill the room of deleted ones, before and behind what was read.
            bed.sql(
                    "DELETE FROM big WHERE id % 100 = 3",
                    "VACUUM big",
                    "INSERT INTO big SELECT i, repeat('n', 100) FROM generate_series(1000001, 1006000) i");
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO big VALUES (2000000, 'the last')");
                Waiting.until("the last is there", () -> topic.read().ids.get(2_000_000));
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.doubled.cardinality()).as("rows that came twice").isZero();
            BitSet missing = new BitSet();
            bed.query("SELECT id FROM big").forEach(id -> missing.set(Integer.parseInt(id)));
            missing.andNot(topic.ids);
            assertThat(missing.cardinality()).as("rows that did not come").isZero();
        }
    }

    @Test
    void shouldReadOnWhenAWorkersConnectionBreaks() throws Exception {
        try (TestBed bed = TestBed.on("18");
                IdReader topic = new IdReader(bed.topic("big"))) {
            bed.sql(BIG);
            int broken = 0;
            try (Running running = Running.of(bed.settings())) {
                while (!running.streamingHasBegun()) {
                    List<String> killed =
                            bed.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                                    + bed.name + "' AND state = 'active' AND query LIKE 'COPY (%' LIMIT 1");
                    broken += killed.size();
                    if (broken == 0) {
                        // A quick copy is soon over: the first is looked for without a pause.
                        continue;
                    }
                    // Some of it has to come through before the next one.
                    TimeUnit.MILLISECONDS.sleep(200);
                }
                assertThat(running.snapshots)
                        .as("it went on under the same snapshot")
                        .hasValue(1);
                assertThat(running.rowsCopied).hasValue(ROWS);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(broken).as("connections that were broken").isPositive();
            assertWhole(topic, ROWS);
        }
    }

    @Test
    void shouldGoOnUnderANewerSnapshotWhenTheServerWasRestarted() throws Exception {
        try (TestBed bed = TestBed.on("15");
                IdReader topic = new IdReader(bed.topic("big"))) {
            bed.sql(BIG);
            try (Running running = Running.of(bed.settings())) {
                Waiting.until("some of it is in Kafka", () -> topic.end() > 0);
                bed.postgres.kill();
                bed.postgres.restart();
                bed.reconnect();
                running.awaitStreaming();
                awaitRows(topic, bed);
                assertThat(running.snapshots.get()).isGreaterThan(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertWhole(topic, ROWS);
        }
    }

    /** BEHAVIOURS 53: an earlier release knew the first blocks of a table only. */
    @Test
    void shouldGoOnFromTheCheckpointOfAnOlderRelease() throws Exception {
        try (TestBed bed = TestBed.on("18");
                IdReader topic = new IdReader(bed.topic("big"))) {
            bed.sql(BIG);
            bed.sql("CREATE PUBLICATION own FOR TABLE big");
            String slot = bed.query(
                            "SELECT lsn FROM pg_create_logical_replication_slot('" + bed.name + "', 'pgoutput')")
                    .get(0);
            int rest = Integer.parseInt(bed.query("SELECT count(*) FROM big WHERE ctid >= '(8192,0)'")
                    .get(0));
            String oid = bed.query("SELECT 'big'::regclass::oid").get(0);
            String system = bed.query("SELECT system_identifier FROM pg_control_system()")
                    .get(0);
            String database = "{\"version\":1,\"slot\":\"" + bed.name + "\",\"systemIdentifier\":\"" + system
                    + "\",\"database\":\"" + bed.name + "\",\"plugin\":\"pgoutput\",\"lsn\":\"" + slot
                    + "\",\"snapshot\":\"copying\",\"properties\":{}}";
            String table = "{\"version\":1,\"slot\":\"" + bed.name
                    + "\",\"schema\":\"public\",\"table\":\"big\",\"oid\":"
                    + oid + ",\"fileNode\":" + oid + ",\"blocks\":8192,\"complete\":false,\"visible\":\"\",\"lsn\":\""
                    + slot + "\"}";
            try (Topics topics = new Topics(bed.settings().kafka())) {
                new CheckpointTopic(bed.settings().kafka(), topics, CheckpointTopic.DEFAULT_NAME).ensure();
            }
            remember(bed.name, database);
            remember(bed.name + "/snapshot/public.big", table);
            Settings settings =
                    new SettingsBuilder(bed.settings()).publication("own").build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                assertThat(running.rowsCopied).hasValue(rest);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(rest).isBetween(1, ROWS - 1);
            assertThat(topic.read().count("snapshot")).isEqualTo(rest);
        }
    }

    @Test
    void shouldDoWithTheConnectionsThatThereAre() throws Exception {
        try (TestBed bed = TestBed.on("18");
                IdReader topic = new IdReader(bed.topic("big"))) {
            bed.sql(BIG);
            String role = "limited_" + bed.name;
            bed.sql(
                    "CREATE ROLE " + role + " LOGIN REPLICATION CONNECTION LIMIT 6",
                    "ALTER DATABASE " + bed.name + " OWNER TO " + role,
                    "ALTER TABLE big OWNER TO " + role);
            PostgresAddress limited = PostgresAddress.parse(
                    bed.postgres.uri(bed.name).replace("postgres@", role + "@"), Map.of(), Path.of("/nonexistent"));
            Settings settings = new SettingsBuilder(bed.settings())
                    .postgres(limited)
                    .snapshotWorkers(20)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                assertThat(running.snapshots).hasValue(1);
                assertThat(running.rowsCopied).hasValue(ROWS);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertWhole(topic, ROWS);
        }
    }

    /** Each row came, once, and nothing else did. */
    private static void assertWhole(IdReader topic, int rows) {
        assertThat(topic.read().operations).isEqualTo(Map.of("snapshot", rows));
        assertThat(topic.ids.cardinality()).isEqualTo(rows);
    }

    private static void awaitRows(IdReader topic, TestBed bed) {
        Waiting.until("the topic has the rows of the table", () -> {
            BitSet rows = new BitSet();
            bed.query("SELECT id FROM big").forEach(id -> rows.set(Integer.parseInt(id)));
            return topic.read().ids.equals(rows);
        });
    }

    private static void remember(String key, String value) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", TestBed.kafka().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            CheckpointTopic.DEFAULT_NAME, key.getBytes(UTF_8), value.getBytes(UTF_8)))
                    .get();
        }
    }
}
