package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.BacklogReader;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.PostgresAddress;
import org.bottledwater.postgres.StreamOptions;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is waiting is read in stretches, and nobody can tell from what arrives. */
final class SecondGearTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long KB = 1024;
    private static final long MB = 1024 * KB;

    /** So small that a test has many. */
    private static final Optional<CatchUpPolicy> EARLY = Optional.of(new CatchUpPolicy(128 * KB, 64 * KB, 256 * MB));

    private static final List<String> TABLES = List.of("item", "whole", "doc", "bare");

    @ParameterizedTest
    @CsvSource({
        "18,PGOUTPUT,JSON,10",
        "18,PGOUTPUT,AVRO,10",
        "18,TEST_DECODING,JSON,10",
        "18,PGOUTPUT,JSON,3",
        "15,PGOUTPUT,AVRO,10",
        "12,PGOUTPUT,JSON,10",
        "12,TEST_DECODING,AVRO,10"
    })
    void shouldSendTheSameMessagesInBothGears(String major, PluginChoice plugin, OutputFormat format, String slots)
            throws Exception {
        // Alone: a stretch in which others have written, and we have not, sends what follows by the stream.
        PostgresOptions options = PostgresOptions.of(major)
                .with("max_prepared_transactions", "10")
                .with("max_replication_slots", slots);
        try (TestBed bed = TestBed.on(options)) {
            boolean messages = plugin == PluginChoice.TEST_DECODING || !major.equals("12");
            createTables(bed);
            List<Settings> both = Stream.of("a", "b")
                    .map(gear -> {
                        String name = bed.name + gear;
                        SettingsBuilder settings = new SettingsBuilder(bed.settings())
                                .called(name)
                                .plugin(plugin)
                                .format(format)
                                .allowUnkeyed()
                                .catchUp(gear.equals("a") ? Optional.empty() : EARLY);
                        return (messages ? settings.messagesTopic(name + ".messages") : settings).build();
                    })
                    .toList();
            for (Settings settings : both) {
                Running.of(settings).awaitStreaming().close();
            }
            writeOfAllKinds(bed);
            String end = bed.query("SELECT pg_current_wal_lsn()").get(0);
            for (Settings settings : both) {
                try (Running running = Running.of(settings).awaitStreaming()) {
                    Waiting.until(
                            "everything is there",
                            () -> !Lsn.isBefore(running.status().safeLsn(), Lsn.parse(end)));
                    assertThat(running.failureSoFar()).isEmpty();
                    long stretches = running.status().stretches();
                    if (settings.slotPolicy().catchUp().isEmpty()) {
                        assertThat(stretches).isZero();
                    } else {
                        assertThat(stretches).isGreaterThan(1);
                    }
                }
            }
            boolean timed = plugin == PluginChoice.PGOUTPUT;
            for (String table : TABLES) {
                List<String> stream = records(both.get(0).topicPrefix() + "." + table, timed, format);
                assertThat(stream).hasSizeGreaterThan(1);
                assertThat(records(both.get(1).topicPrefix() + "." + table, timed, format))
                        .isEqualTo(stream);
            }
            if (messages) {
                List<String> stream = records(both.get(0).topicPrefix() + ".messages", false, OutputFormat.JSON);
                assertThat(stream).hasSize(2);
                assertThat(records(both.get(1).topicPrefix() + ".messages", false, OutputFormat.JSON))
                        .isEqualTo(stream);
            }
        }
    }

    private static void createTables(TestBed bed) throws Exception {
        bed.sql(
                "CREATE TYPE mood AS ENUM ('sad', 'so so')",
                "CREATE TABLE item (id int PRIMARY KEY, name text, price numeric(10,2), at timestamptz, cash money)",
                "CREATE TABLE whole (id int, feeling mood, note text)",
                "ALTER TABLE whole REPLICA IDENTITY FULL",
                "CREATE TABLE doc (id int PRIMARY KEY, n int, large text)",
                "CREATE TABLE bare (a int, b text)",
                "INSERT INTO item VALUES (0, 'first', 1, now(), -1.5)");
    }

    private static void writeOfAllKinds(TestBed bed) throws Exception {
        String large = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 100) i)";
        bed.sql(
                one(1, "VALUES (i, 'row ' || i, i / 7.0, now(), i)"),
                "CHECKPOINT",
                "INSERT INTO doc SELECT i, i, " + large + " FROM generate_series(1, 5) i",
                "INSERT INTO whole VALUES (1, 'sad', " + large + "), (2, 'so so', NULL)",
                "INSERT INTO bare VALUES (1, 'without key')",
                "UPDATE item SET name = 'changed' WHERE id % 3 = 0",
                "UPDATE item SET id = id + 10000 WHERE id = 7",
                "UPDATE doc SET n = n + 1 WHERE id < 3",
                "UPDATE whole SET feeling = 'so so' WHERE id = 1",
                "DELETE FROM item WHERE id % 5 = 0",
                "DELETE FROM whole WHERE id = 2",
                "BEGIN; INSERT INTO item VALUES (901, 'stays', 1, NULL, 1); SAVEPOINT s;"
                        + " INSERT INTO item VALUES (902, 'undone', 1, NULL, 1); ROLLBACK TO s; COMMIT",
                "BEGIN; INSERT INTO item VALUES (903, 'undone', 1, NULL, 1); ROLLBACK",
                "CHECKPOINT",
                "ALTER TABLE item ADD COLUMN extra int DEFAULT 5",
                "INSERT INTO item SELECT i, repeat('x', 50), NULL, now(), i, i FROM generate_series(2000, 2300) i",
                "ALTER TABLE item DROP COLUMN price",
                "ALTER TYPE mood ADD VALUE 'happy'",
                "INSERT INTO whole VALUES (3, 'happy', 'x')",
                "INSERT INTO item VALUES (6000, 'narrow', NULL, 1, 2)",
                "TRUNCATE doc",
                "INSERT INTO doc VALUES (9, 9, 'after')",
                "BEGIN; INSERT INTO item VALUES (6001, 'prepared', NULL, 1, 2); PREPARE TRANSACTION 'p'",
                "COMMIT PREPARED 'p'",
                "SELECT pg_logical_emit_message(true, 'app', 'one')",
                "SELECT pg_logical_emit_message(false, 'app', 'two')",
                "CREATE TABLE elsewhere AS SELECT repeat('y', 100) FROM generate_series(1, 300)",
                "DROP TABLE elsewhere",
                "CHECKPOINT",
                "ALTER TABLE item ADD COLUMN price int",
                one(7000, "VALUES (i, 'row ' || i, now(), i, 1, 2)"),
                "INSERT INTO bare VALUES (2, 'last')");
    }

    /** Transactions of one row each. */
    private static String one(int from, String values) {
        return "DO $$ BEGIN FOR i IN " + from + ".." + (from + 300) + " LOOP INSERT INTO item " + values
                + "; COMMIT; END LOOP; END $$";
    }

    /** The keys of the first so many messages, in their order: a fast application writes more than can be kept whole. */
    private static int[] ids(String topic, int count) throws IOException {
        int[] ids = new int[count];
        int found = 0;
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (found < count) {
                assertThat(System.nanoTime())
                        .as("%d of %d messages came in time", found, count)
                        .isLessThan(deadline);
                for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(Duration.ofMillis(100))) {
                    if (found < count) {
                        ids[found++] = JSON.readTree(entry.key()).path("id").asInt(-1);
                    }
                }
            }
        }
        return ids;
    }

    /** All that a message is: key, value and headers, with {@code timed} also its time. */
    private static List<String> records(String topic, boolean timed, OutputFormat format) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long end = consumer.endOffsets(partitions).values().iterator().next();
            List<String> records = new ArrayList<>();
            while (consumer.position(partitions.get(0)) < end) {
                for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(Duration.ofMillis(100))) {
                    records.add(record(entry, timed, format == OutputFormat.AVRO ? 5 : 0));
                }
            }
            return records;
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        TestBed.kafka().bootstrapServers(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /** @param skipped of key and value: the schema's number */
    private static String record(ConsumerRecord<byte[], byte[]> entry, boolean timed, int skipped) {
        String headers = StreamSupport.stream(entry.headers().spliterator(), false)
                .map(header -> header.key() + "=" + new String(header.value(), UTF_8))
                .sorted()
                .toList()
                .toString();
        boolean first = headers.contains("pg.op=snapshot");
        return bytes(entry.key(), skipped) + " " + bytes(entry.value(), skipped) + " "
                + (first ? "snapshot" : headers + (timed ? " " + entry.timestamp() : ""));
    }

    private static String bytes(byte[] bytes, int skipped) {
        return bytes == null ? "null" : HexFormat.of().formatHex(Arrays.copyOfRange(bytes, skipped, bytes.length));
    }

    @Test
    void shouldChangeUpAndDownWhileTheApplicationWrites() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY, name text)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).catchUp(EARLY).build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                int written = 0;
                while (running.status().stretches() < 3) {
                    assertThat(written).as("rows written").isLessThan(2_000_000);
                    bed.sql("DO $$ BEGIN FOR i IN " + (written + 1) + ".." + (written + 5000)
                            + " LOOP INSERT INTO item VALUES (i, 'row'); COMMIT; END LOOP; END $$");
                    written += 5000;
                }
                bed.sql("INSERT INTO item VALUES (0, 'live')");
                int[] ids = ids(bed.topic("item"), written + 1);
                assertThat(running.failureSoFar()).isEmpty();
                Waiting.until("the stream goes on", () -> running.state().phase() == RunStatus.Phase.STREAMING);
                int last = written;
                assertThat(IntStream.range(0, last).filter(i -> ids[i] != i + 1))
                        .as("places at which another row was expected")
                        .isEmpty();
                assertThat(ids[last]).isZero();
            }
        }
    }

    @Test
    void shouldStandByWhileAnotherReadsInStretches() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("item"))) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY)");
            Running.of(bed.settings()).awaitStreaming().close();
            bed.sql("INSERT INTO item VALUES (1)");
            StreamOptions options = new StreamOptions(
                    bed.name,
                    Plugin.PGOUTPUT,
                    List.of(),
                    true,
                    false,
                    0,
                    180000,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30));
            // Between two stretches: the server itself says that nobody reads the slot.
            PostgresAddress address = bed.settings().postgres();
            Postgres catalog = Postgres.connect(address);
            BacklogReader other = BacklogReader.open(address, options, new Catalog(catalog).resolver(List.of()));
            try (catalog;
                    Running second = Running.of(bed.settings())) {
                Waiting.until("it stands by", () -> second.state().reason().startsWith("standing by"));
                assertThat(bed.query("SELECT active FROM pg_replication_slots WHERE slot_name = '" + bed.name + "'"))
                        .containsExactly("f");
                assertThat(topic.messages()).isEmpty();
                other.close();
                topic.await(1);
                assertThat(second.failureSoFar()).isEmpty();
            } finally {
                other.close();
            }
        }
    }

    @Test
    void shouldLeaveToTheStreamWhatTheServerDoesNotGiveInStretches() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("item"))) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY, name text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .tables("item")
                    .catchUp(Optional.of(new CatchUpPolicy(32 * KB, 256 * MB, 256 * MB)))
                    .build();
            Running.of(settings).awaitStreaming().close();
            bed.sql(
                    "INSERT INTO item SELECT i, repeat('x', 500) FROM generate_series(1, 20000) i",
                    "CREATE TABLE elsewhere AS SELECT repeat('y', 100) FROM generate_series(1, 3000)",
                    "ALTER DATABASE " + bed.name + " SET work_mem = '1MB'",
                    "ALTER DATABASE " + bed.name + " SET temp_file_limit = '1MB'");
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(20000);
                assertThat(running.status().stretches()).isZero();
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages()).hasSize(20000);
        }
    }

    /** The stream would decode it again, and the server send each of its rows by itself. */
    @Test
    void shouldReadATransactionThatIsSomewhatLargerThanAStretchInOne() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("item"))) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY, name text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .catchUp(Optional.of(new CatchUpPolicy(128 * KB, 2 * MB, 256 * MB)))
                    .build();
            Running.of(settings).awaitStreaming().close();
            bed.sql("INSERT INTO item SELECT i, 'row' FROM generate_series(1, 50000) i");
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(50_000);
                assertThat(running.failureSoFar()).isEmpty();
                // The first brings nothing, the second all.
                assertThat(running.status().stretches()).isBetween(2L, 3L);
            }
            assertThat(topic.messages()).hasSize(50_000);
        }
    }

    @Test
    void shouldLeaveToTheStreamATransactionThatIsMuchLargerThanAStretch() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("item"))) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY, name text)");
            Settings settings =
                    new SettingsBuilder(bed.settings()).catchUp(EARLY).build();
            Running.of(settings).awaitStreaming().close();
            bed.sql("INSERT INTO item SELECT i, 'row' FROM generate_series(1, 50000) i");
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(50_000);
                long stretches = running.status().stretches();
                assertThat(stretches).isBetween(1L, 3L);
                int written = 50_000;
                while (running.status().stretches() == stretches) {
                    assertThat(written).as("rows written").isLessThan(2_000_000);
                    bed.sql(
                            "DO $$ BEGIN FOR i IN " + (written + 1) + ".." + (written + 5000)
                                    + " LOOP INSERT INTO item VALUES (i, 'row'); COMMIT; END LOOP; END $$",
                            "CHECKPOINT");
                    written += 5000;
                }
                topic.await(written);
                assertThat(running.failureSoFar()).isEmpty();
                assertThat(topic.messages()).hasSize(written);
            }
        }
    }

    /** A transaction that is open all the time keeps the server's start of decoding where it is. */
    @Test
    void shouldLeaveToTheStreamWhatWouldBeDecodedAgainAndAgain() throws Exception {
        try (TestBed bed = TestBed.on("15");
                TopicReader topic = TopicReader.json(bed.topic("item"));
                Connection open = bed.connect()) {
            bed.sql("CREATE TABLE item (id int PRIMARY KEY, name text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .catchUp(Optional.of(new CatchUpPolicy(32 * KB, 16 * KB, MB)))
                    .build();
            Running.of(settings).awaitStreaming().close();
            open.setAutoCommit(false);
            try (Statement statement = open.createStatement()) {
                statement.execute("INSERT INTO item VALUES (0, 'open')");
                bed.sql("DO $$ BEGIN FOR i IN 1..8000 LOOP INSERT INTO item VALUES (i, repeat('x', 500));"
                        + " COMMIT; END LOOP; END $$");
                try (Running running = Running.of(settings).awaitStreaming()) {
                    topic.await(8000);
                    assertThat(running.status().stretches()).isBetween(2L, 12L);
                    open.commit();
                    topic.await(8001);
                    assertThat(running.failureSoFar()).isEmpty();
                }
            }
            assertThat(topic.messages()).hasSize(8001);
        }
    }
}
