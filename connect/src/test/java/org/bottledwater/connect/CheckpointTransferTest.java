package org.bottledwater.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.pipeline.CheckpointTransfer;
import org.bottledwater.pipeline.CopyAgain;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.Pipeline;
import org.bottledwater.pipeline.PipelineListener;
import org.bottledwater.pipeline.Removal;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.bottledwater.sandbox.Proxy;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A copy moves from the command line to a connector and back: the same slot, the same topics, nothing lost, nothing twice. */
class CheckpointTransferTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int COPIED = 1000;

    @RegisterExtension
    static final Stand STAND = new Stand(1);

    private static Settings commandLine(String name) {
        return commandLine(STAND.database.uri(), name);
    }

    private static Settings commandLine(String postgres, String name) {
        return CommandLine.settings(
                postgres, name, STAND.broker.bootstrapServers(), OutputFormat.JSON, RegistrySettings.of(), "public.*");
    }

    /** Makes the connector, stopped, with these offsets. */
    private static void makeConnector(String name, String offsets) throws Exception {
        makeConnector(name, offsets, Map.of());
    }

    private static void makeConnector(String name, String offsets, Map<String, String> more) throws Exception {
        Map<String, String> config = new TreeMap<>(Cluster.connector(
                STAND.database.uri(),
                name,
                Map.of(
                        "tables", "public.*",
                        "output", "json",
                        "key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter",
                        "value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter")));
        config.putAll(more);
        String body = JSON.writeValueAsString(Map.of("name", name, "config", config, "initial_state", "STOPPED"));
        Waiting.until(
                "connector " + name + " is made",
                () -> STAND.cluster.ask("POST", "/connectors", body).has("name"));
        patch(name, offsets);
    }

    private static void patch(String name, String offsets) {
        Waiting.until("the offsets are taken", () -> {
            JsonNode answer = STAND.cluster.ask("PATCH", "/connectors/" + name + "/offsets", offsets);
            // Of a connector that was made or stopped a moment ago the worker may not have heard.
            assertThat(answer.path("error_code").asInt()).as("%s", answer).isNotEqualTo(400);
            return answer.path("message").asText().contains("altered successfully");
        });
    }

    private static String stopConnector(String name) throws Exception {
        STAND.cluster.ask("PUT", "/connectors/" + name + "/stop", "");
        Waiting.until("it is stopped", () -> {
            JsonNode status = STAND.cluster.status(name);
            return status.path("connector").path("state").asText().equals("STOPPED")
                    && status.path("tasks").isEmpty();
        });
        return STAND.cluster.ask("GET", "/connectors/" + name + "/offsets", "").toString();
    }

    private static List<Integer> numbers(String topic, String field) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (Topics.Message message : STAND.topics.read(topic)) {
            numbers.add(JSON.readTree(message.value()).path(field).asInt());
        }
        return numbers;
    }

    private static List<Integer> fromTo(int first, int last) {
        return IntStream.rangeClosed(first, last).boxed().toList();
    }

    /** A transaction after the other: a new row in one table, the next number in the only row of the other one. */
    private static final class Writer implements AutoCloseable {
        private final Connection connection;
        private final Repetition transactions;
        private volatile int last = COPIED;

        Writer() throws SQLException {
            connection = STAND.database.connect();
            transactions = Repetition.every(2, this::write);
        }

        private void write() throws SQLException {
            int next = last + 1;
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        "BEGIN; INSERT INTO list VALUES (" + next + "); UPDATE one SET n = " + next + "; COMMIT");
            }
            last = next;
        }

        /** Some more is written, and all of it arrives. */
        void awaitMore(String topic) {
            int wanted = last + 100;
            Waiting.until(
                    "the rows up to " + wanted + " are in topic " + topic,
                    () -> last >= wanted && STAND.topics.read(topic).size() >= wanted);
        }

        /** Returns the last number that was written. */
        int end() throws Exception {
            transactions.end();
            return last;
        }

        @Override
        public void close() throws SQLException {
            transactions.close();
            connection.close();
        }
    }

    @Test
    void shouldMoveToAConnectorAndBackWhileRowsAreWritten() throws Exception {
        STAND.database.run(
                "CREATE TABLE list (id int PRIMARY KEY)",
                "INSERT INTO list SELECT generate_series(1, " + COPIED + ")",
                "CREATE TABLE one (id int PRIMARY KEY, n int)",
                "INSERT INTO one VALUES (1, " + COPIED + ")");
        Settings settings = commandLine("mv");
        int last = moveThereAndBackTwice(settings);
        try (CommandLine after = CommandLine.start(settings)) {
            STAND.topics.await("mv.list", last);
            Waiting.until(
                    "the last update is there", () -> numbers("mv.one", "n").contains(last));
            assertThat(numbers("mv.list", "id")).isEqualTo(fromTo(1, last));
            List<Integer> updates = numbers("mv.one", "n");
            // The copy began while rows were written.
            assertThat(updates).isEqualTo(fromTo(updates.get(0), last)).hasSizeGreaterThan(200);
            assertThat(Audit.run(settings, AuditSettings.standard(), new AuditListener() {})
                            .isClean())
                    .isTrue();
            assertThat(after).isNotNull();
        }
    }

    /** Returns the last number that was written meanwhile. */
    private static int moveThereAndBackTwice(Settings settings) throws Exception {
        try (Writer writer = new Writer()) {
            try (CommandLine before = CommandLine.start(settings)) {
                writer.awaitMore("mv.list");
                assertThat(before).isNotNull();
            }
            CheckpointTransfer.Moved there = CheckpointTransfer.export(settings);
            assertThat(there.tables()).isEqualTo(2);
            assertThat(CheckpointTransfer.export(settings))
                    .as("exported once more")
                    .isEqualTo(there);
            makeConnector("mv", there.offsets());
            STAND.cluster.ask("PUT", "/connectors/mv/resume", "");
            writer.awaitMore("mv.list");

            CheckpointTransfer.Moved back = CheckpointTransfer.take(settings, stopConnector("mv"));
            assertThat(back.lsn()).isGreaterThan(there.lsn());
            try (CommandLine after = CommandLine.start(settings)) {
                writer.awaitMore("mv.list");
                assertThat(after).isNotNull();
            }

            patch("mv", CheckpointTransfer.export(settings).offsets());
            STAND.cluster.ask("PUT", "/connectors/mv/resume", "");
            writer.awaitMore("mv.list");
            CheckpointTransfer.take(settings, stopConnector("mv"));
            return writer.end();
        }
    }

    @Test
    void shouldMoveACopyThatIsNotComplete() throws Exception {
        STAND.database.run(
                "CREATE TABLE big (id int PRIMARY KEY, filler text)",
                "INSERT INTO big SELECT i, repeat('x', 400) FROM generate_series(1, 60000) i",
                "CREATE TABLE small (id int PRIMARY KEY)",
                "INSERT INTO small VALUES (1)",
                "ANALYZE");
        Settings settings = commandLine("half");
        try (Proxy network = Proxy.open()) {
            network.forwardTo(STAND.database.port());
            network.throttle(4_000_000);
            try (CommandLine before = CommandLine.start(commandLine(STAND.database.uri(network.port()), "half"))) {
                Waiting.until("a part of 24 MB is copied", () -> network.passed() > 4_000_000);
                assertThat(before).isNotNull();
            }
        }
        STAND.database.run("INSERT INTO small VALUES (2)", "DELETE FROM big WHERE id = 60000");

        CheckpointTransfer.Moved moved = CheckpointTransfer.export(settings);

        assertThat(moved.offsets()).contains("\\\"snapshot\\\":\\\"copying\\\"", "\\\"complete\\\":false");
        int copied = STAND.topics.read("half.big").size();
        assertThat(copied).isBetween(1, 59_000);
        makeConnector("half", moved.offsets());
        STAND.cluster.ask("PUT", "/connectors/half/resume", "");
        STAND.topics.await("half.big", 60_000);
        STAND.topics.await("half.small", 2);
        STAND.database.run("INSERT INTO small VALUES (3)");
        STAND.topics.await("half.small", 3);
        CheckpointTransfer.take(settings, stopConnector("half"));
        try (CommandLine after = CommandLine.start(settings)) {
            STAND.database.run("INSERT INTO small VALUES (4)");
            STAND.topics.await("half.small", 4);
            assertThat(numbers("half.small", "id")).isEqualTo(fromTo(1, 4));
            // The last row had been copied before it was deleted, or the copy began after that.
            List<Topics.Message> big = STAND.topics.read("half.big");
            assertThat(big.stream().filter(message -> message.value() != null).map(message -> text(message.key())))
                    .doesNotHaveDuplicates()
                    .hasSizeBetween(59_999, 60_000);
            assertThat(Audit.run(settings, AuditSettings.standard(), new AuditListener() {})
                            .isClean())
                    .isTrue();
            assertThat(after).isNotNull();
        }
    }

    /** The mark survives the connector's own checkpoints, and with them a file is known to be old. */
    @Test
    void shouldShareTheCheckpointTopicWithAConnector() throws Exception {
        STAND.database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        Settings settings = commandLine("both");
        try (CommandLine before = CommandLine.start(settings)) {
            STAND.topics.await("both.t", 1);
            assertThat(before).isNotNull();
        }
        String exported = CheckpointTransfer.export(settings).offsets();
        assertThatThrownBy(() -> Audit.run(settings, AuditSettings.standard(), new AuditListener() {}))
                .hasMessageContaining("slot both was handed to Kafka Connect at ")
                .hasMessageContaining("give it checkpoint.topic=bottledwater-checkpoints");
        assertThatThrownBy(() -> CopyAgain.request(settings).close())
                .hasMessageContaining("slot both was handed to Kafka Connect, and a connector does not");
        assertThat(Removal.plan(settings))
                .anyMatch(line -> line.contains("handed over to Kafka Connect: a connector may be reading"));
        makeConnector("both", exported, Map.of("checkpoint.topic", "bottledwater-checkpoints"));
        STAND.cluster.ask("PUT", "/connectors/both/resume", "");
        STAND.database.run("INSERT INTO t VALUES (2)");
        STAND.topics.await("both.t", 2);
        assertThat(Audit.run(settings, AuditSettings.standard(), new AuditListener() {})
                        .isClean())
                .isTrue();

        CompletableFuture<Void> supervised = CompletableFuture.runAsync(() -> {
            try {
                new Pipeline(settings, new PipelineListener() {}).run();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        String offsets = stopConnector("both");

        assertThatThrownBy(() -> supervised.get(120, TimeUnit.SECONDS))
                .hasMessageContaining("slot both was handed to Kafka Connect, which has come to ");
        assertThatThrownBy(() -> CheckpointTransfer.export(settings))
                .hasMessageContaining("there is nothing to export");
        assertThatThrownBy(() -> CheckpointTransfer.take(settings, exported))
                .hasMessageContaining("are older than what the connector has come to");
        CheckpointTransfer.take(settings, offsets);
        try (CommandLine after = CommandLine.start(settings)) {
            STAND.database.run("INSERT INTO t VALUES (3)");
            STAND.topics.await("both.t", 3);
            assertThat(numbers("both.t", "id")).isEqualTo(fromTo(1, 3));
            assertThat(after).isNotNull();
        }
    }

    /** The connector's own topic is another one: of an old file only the slot tells. */
    @Test
    void shouldSayThatTheConnectorHasGoneOn() throws Exception {
        STAND.database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        Settings settings = commandLine("gone");
        try (CommandLine before = CommandLine.start(settings)) {
            STAND.topics.await("gone.t", 1);
            assertThat(before).isNotNull();
        }
        String exported = CheckpointTransfer.export(settings).offsets();
        makeConnector("gone", exported);
        STAND.cluster.ask("PUT", "/connectors/gone/resume", "");
        String handedOver = STAND.database.ask("SELECT confirmed_flush_lsn FROM pg_replication_slots");
        STAND.database.run("INSERT INTO t VALUES (2)");
        STAND.topics.await("gone.t", 2);
        Waiting.until(
                "the slot is told",
                () -> STAND.database
                        .ask("SELECT confirmed_flush_lsn > '" + handedOver + "' FROM pg_replication_slots")
                        .equals("t"));
        String offsets = stopConnector("gone");

        assertThatThrownBy(() -> CheckpointTransfer.export(settings))
                .hasMessageContaining("slot gone was handed over to Kafka Connect, and the connector has gone on to ");
        assertThatThrownBy(() -> CheckpointTransfer.take(settings, exported))
                .hasMessageContaining("these offsets of slot gone are older than what the connector has read: slot=")
                .hasMessageContaining("GET its offsets again");
        CheckpointTransfer.take(settings, offsets);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    @Test
    void shouldRefuseToRunInTwoPlacesOrToGoBack() throws Exception {
        STAND.database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        Settings settings = commandLine("only");
        assertThatThrownBy(() -> CheckpointTransfer.export(settings))
                .hasMessageContaining("nothing has been copied for slot only");
        try (CommandLine running = CommandLine.start(settings)) {
            STAND.topics.await("only.t", 1);
            assertThatThrownBy(() -> CheckpointTransfer.export(settings))
                    .hasMessageContaining("slot only is in use: pid=")
                    .hasMessageContaining("stop the instance");
            assertThat(running).isNotNull();
        }
        String first = CheckpointTransfer.export(settings).offsets();

        assertThatThrownBy(() -> new Pipeline(settings, new PipelineListener() {}).run())
                .hasMessageContaining("slot only was handed to Kafka Connect at ")
                .hasMessageContaining("bottledwater checkpoint import FILE");
        assertThatThrownBy(() -> CheckpointTransfer.take(settings, first.replace("\"only", "\"other")))
                .hasMessageContaining("no position of slot only: they are those of other");
        assertThatThrownBy(() -> CheckpointTransfer.take(settings, "{\"error_code\":404}"))
                .hasMessage("not the answer of GET /connectors/NAME/offsets: it has no list of offsets");

        CheckpointTransfer.take(settings, first);
        CheckpointTransfer.take(settings, first);
        try (CommandLine running = CommandLine.start(settings)) {
            STAND.database.run("INSERT INTO t VALUES (2)");
            STAND.topics.await("only.t", 2);
            assertThat(running).isNotNull();
        }
        assertThatThrownBy(() -> CheckpointTransfer.take(settings, first))
                .hasMessageContaining("the command line is where slot only goes on");
        CheckpointTransfer.export(settings);
        assertThatThrownBy(() -> CheckpointTransfer.take(settings, first))
                .hasMessageContaining("are older than what was handed over");

        // The connector is given what the command line has left behind: the slot is farther than that.
        makeConnector("only", first);
        STAND.cluster.ask("PUT", "/connectors/only/resume", "");
        Waiting.until(
                "the task has failed", () -> STAND.cluster.taskState("only", 0).equals("FAILED"));
        assertThat(STAND.cluster
                        .status("only")
                        .path("tasks")
                        .path(0)
                        .path("trace")
                        .asText())
                .contains("slot only was advanced");
        assertThat(numbers("only.t", "id")).isEqualTo(fromTo(1, 2));
    }
}
