package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bottledwater.pipeline.TopicReader.Message;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.Proxy;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** Copies that are cut short and gone on with: what a later run reads fits to what the stream brings and to what was read before. */
final class ResumedCopyTest {
    private static final int ROWS = 200_000;

    /** Also if the one that began a copy has not come to one of the tables, and another one goes on. */
    @Test
    void shouldShowOneStateOfAllTablesWhenItGoesOn() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            assertOneStateWhenItGoesOn(bed, settings -> Running.of(settings));
        }
    }

    /** However many transactions are open at that moment. */
    @Test
    void shouldShowOneStateOfAllTablesWhenThousandsOfTransactionsAreOpen() throws Exception {
        int open = 1900;
        PostgresOptions options = PostgresOptions.of("18").with("max_prepared_transactions", "2000");
        try (TestBed bed = TestBed.on(options);
                Connection one = bed.connect();
                Connection other = bed.connect()) {
            assertOneStateWhenItGoesOn(bed, settings -> {
                beginWriting(one);
                Running running = Running.of(settings);
                awaitSlotWaitingFor(bed, one);
                beginWriting(other);
                one.commit();
                awaitSlotWaitingFor(bed, other);
                // From here on a transaction may stay open while the slot is made, and one behind them is committed.
                bed.sql(IntStream.range(0, open)
                        .mapToObj(i -> "BEGIN; SELECT txid_current(); PREPARE TRANSACTION 'open" + i + "'")
                        .collect(Collectors.joining(";")));
                bed.sql("SELECT txid_current()");
                assertThat(Integer.parseInt(bed.query("SELECT length(txid_current_snapshot()::text)")
                                .get(0)))
                        .as("length of what the snapshot says of itself")
                        .isGreaterThan(8192);
                other.commit();
                return running;
            });
            for (int i = 0; i < open; i++) {
                bed.sql("ROLLBACK PREPARED 'open" + i + "'");
            }
        }
    }

    private static void beginWriting(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT txid_current()");
        }
    }

    private static void awaitSlotWaitingFor(TestBed bed, Connection writer) throws SQLException {
        int pid = writer.unwrap(PGConnection.class).getBackendPID();
        Waiting.until(
                "the slot waits for the transaction of " + pid,
                () -> !bed.query("SELECT w.pid FROM pg_locks w JOIN pg_locks h USING (transactionid)"
                                + " WHERE NOT w.granted AND h.granted AND h.pid = " + pid)
                        .isEmpty());
    }

    /** @param begin starts a run through the network that is given in its settings */
    private static void assertOneStateWhenItGoesOn(TestBed bed, Beginning begin) throws Exception {
        try (Proxy network = Proxy.open();
                TopicReader big = TopicReader.json(bed.topic("big"));
                TopicReader small = TopicReader.json(bed.topic("small"))) {
            createBigAndSmall(bed);
            cutShort(bed, network, begin, settings -> settings);
            bed.sql("BEGIN; UPDATE big SET item = 'changed' WHERE id = 1; UPDATE small SET n = 1; COMMIT");
            try (Running second = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("INSERT INTO small VALUES (2, 2)");
                small.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM small t"), "id");
                assertThat(second.failureSoFar()).isEmpty();
            }
            assertThat(big.messages().stream()
                            .filter(message -> message.operation().equals("update")))
                    .as("the update of a row that had been copied")
                    .hasSize(1);
            assertThat(small.messages().stream().map(Message::operation))
                    .as("what the same transaction did to a row that had not been")
                    .containsExactly("update", "insert");
        }
    }

    private static void createBigAndSmall(TestBed bed) throws SQLException {
        bed.sql(SnapshotTest.big(ROWS));
        bed.sql("CREATE TABLE small (id int PRIMARY KEY, n int)", "INSERT INTO small VALUES (1, 0)", "ANALYZE");
    }

    /** Runs until more of the large table is in Kafka than before, and none of the small one. */
    private static void cutShort(TestBed bed, Proxy network, Beginning begin, UnaryOperator<SettingsBuilder> options)
            throws Exception {
        try (TopicReader big = TopicReader.json(bed.topic("big"));
                TopicReader small = TopicReader.json(bed.topic("small"))) {
            long before = big.end();
            network.forwardTo(bed.postgres.port());
            network.throttle(4_000_000);
            Running run = begin.run(
                    options.apply(new SettingsBuilder(FaultTest.throughNetwork(bed, network)).snapshotWorkers(1))
                            .build());
            Waiting.until("some of the large table is in Kafka", () -> big.end() > before || run.streamingHasBegun());
            run.close();
            assertThat(run.streamingHasBegun()).as("stopped within the copy").isFalse();
            assertThat(small.end()).as("messages of the small table").isZero();
        }
    }

    /**
     * All of its rows are new ones then, which no earlier snapshot sees, and the stream does not bring them: they are read as
     * the first snapshot behind that sees them, and the stream brings what came later.
     */
    @Test
    void shouldCopyATableThatWasRewrittenBetweenTwoInterruptions() throws Exception {
        try (TestBed bed = TestBed.on("18");
                Proxy network = Proxy.open();
                TopicReader small = TopicReader.json(bed.topic("small"))) {
            createBigAndSmall(bed);
            bed.sql("INSERT INTO small VALUES (3, 3)");
            cutShort(bed, network, Running::of, settings -> settings);
            bed.sql("ALTER TABLE small ALTER n TYPE bigint");
            cutShort(bed, network, Running::of, settings -> settings);
            bed.sql("UPDATE small SET n = 7 WHERE id = 1");
            try (Running third = Running.of(bed.settings()).awaitStreaming()) {
                small.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM small t"), "id");
                assertThat(third.failureSoFar()).isEmpty();
            }
            assertThat(small.messages().stream().map(Message::operation)).containsExactly("snapshot", "update");
        }
    }

    /** Then the rows that an earlier snapshot does not see have to be read as they are now. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCopyARowWhoseUpdateTheStreamDoesNotBring(boolean ownPublication) throws Exception {
        try (TestBed bed = TestBed.on("18");
                Proxy network = Proxy.open();
                TopicReader small = TopicReader.json(bed.topic("small"))) {
            createBigAndSmall(bed);
            if (!ownPublication) {
                bed.sql("ALTER TABLE small DROP CONSTRAINT small_pkey");
            }
            bed.sql("CREATE PUBLICATION " + bed.name + "_events FOR TABLE big, small WITH (publish = 'insert')");
            UnaryOperator<SettingsBuilder> options = settings -> ownPublication
                    ? settings.publication(bed.name + "_events")
                    : settings.plugin(PluginChoice.PGOUTPUT).allowUnkeyed();
            cutShort(bed, network, Running::of, options);
            bed.sql("UPDATE small SET n = 1");
            try (Running second = Running.of(
                            options.apply(new SettingsBuilder(bed.settings())).build())
                    .awaitStreaming()) {
                assertThat(second.failureSoFar()).isEmpty();
            }
            assertThat(small.messages().stream()
                            .map(message ->
                                    message.operation() + " " + message.value().get("n")))
                    .containsExactly("snapshot 1");
        }
    }

    /**
     * Then it is copied anew: of the rows that were read before, nothing tells what became of them, and of the others the
     * stream would bring what they were before the key was lost after what they are now.
     */
    @Test
    void shouldCopyATableAnewThatLostItsKeyWithinItsCopy() throws Exception {
        try (TestBed bed = TestBed.on("18");
                Proxy network = Proxy.open();
                TopicReader big = TopicReader.json(bed.topic("big"));
                TopicReader small = TopicReader.json(bed.topic("small"))) {
            createBigAndSmall(bed);
            UnaryOperator<SettingsBuilder> options = settings -> settings.plugin(PluginChoice.PGOUTPUT)
                    .allowUnkeyed()
                    .topics(Map.of("cleanup.policy", "delete", "retention.ms", "-1"), true);
            cutShort(bed, network, Running::of, options);
            bed.sql(
                    "UPDATE small SET n = 1",
                    "UPDATE big SET item = 'early' WHERE id = 1",
                    "DELETE FROM big WHERE id = 2");
            bed.sql("ALTER TABLE small DROP CONSTRAINT small_pkey", "ALTER TABLE big DROP CONSTRAINT big_pkey");
            // Its updates are refused until it is taken out of the publication.
            cutShort(bed, network, Running::of, options);
            bed.sql("UPDATE small SET n = 2", "UPDATE big SET item = 'late' WHERE id = " + ROWS);
            try (Running third = Running.of(
                            options.apply(new SettingsBuilder(bed.settings())).build())
                    .awaitStreaming()) {
                bed.sql("INSERT INTO small VALUES (2, 2)");
                small.await(2);
                assertThat(third.failureSoFar()).isEmpty();
            }
            assertThat(small.messages().stream()
                            .map(message ->
                                    message.operation() + " " + message.value().get("n")))
                    .containsExactly("snapshot 2", "insert 2");
            Map<JsonNode, JsonNode> keyed = new HashMap<>();
            Map<Integer, String> unkeyed = new HashMap<>();
            for (Message message : big.messages()) {
                if (message.key().isNull()) {
                    String item = message.value().get("item").textValue();
                    assertThat(unkeyed.put(message.value().get("id").intValue(), item))
                            .as("a row that comes twice")
                            .isNull();
                } else {
                    keyed.put(message.key(), message.value());
                }
            }
            assertThat(keyed.values())
                    .as("what is left of the rows with key")
                    .isNotEmpty()
                    .allMatch(JsonNode::isNull);
            assertThat(unkeyed).hasSize(ROWS - 1).doesNotContainKey(2);
            assertThat(unkeyed.get(1)).isEqualTo("early");
            assertThat(unkeyed.get(ROWS)).isEqualTo("late");
        }
    }

    private interface Beginning {
        Running run(Settings settings) throws Exception;
    }
}
