package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What operators do with a connector. */
class OperationTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final Stand STAND = new Stand(1);

    @BeforeEach
    void fill() throws SQLException {
        STAND.database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 10)");
    }

    private static Map<String, String> connector(String name) {
        return Cluster.connector(
                STAND.database.uri(),
                name,
                Map.of(
                        "value.converter.schemas.enable",
                        "false",
                        "key.converter.schemas.enable",
                        "false",
                        "value.converter",
                        "org.apache.kafka.connect.json.JsonConverter",
                        "key.converter",
                        "org.apache.kafka.connect.json.JsonConverter"));
    }

    private static List<Integer> ids(String topic) throws IOException {
        return STAND.topics.read(topic).stream().map(OperationTest::id).toList();
    }

    private static int id(Topics.Message message) {
        try {
            return JSON.readTree(message.key()).path("id").asInt();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Integer> upTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }

    /** What is wrong, by setting. */
    private static Map<String, String> errors(Map<String, String> config) throws Exception {
        JsonNode answer = STAND.cluster.validate(config);
        return answer.path("configs").findParents("errors").stream()
                .filter(value -> value.path("errors").size() > 0)
                .collect(Collectors.toMap(
                        value -> value.path("name").asText(),
                        value -> value.path("errors").get(0).asText()));
    }

    @Test
    void shouldSayAtEachSettingWhatIsWrongWithIt() throws Exception {
        assertThat(errors(connector("fine"))).isEmpty();

        Map<String, String> config = connector("wrong");
        config.put("postgres.url", "postgres://nobody@127.0.0.1:1/none");
        assertThat(errors(config)).containsOnlyKeys("postgres.url");

        config = connector("wrong");
        config.put("output", "avro");
        assertThat(errors(config)).containsOnlyKeys("output");
        assertThat(errors(config).get("output")).contains("key.converter").contains("ByteArrayConverter");

        config = connector("wrong");
        config.put("slot", "No-Slot");
        assertThat(errors(config)).containsOnlyKeys("slot");

        config = connector("wrong");
        config.put("toast", "burnt");
        assertThat(errors(config).get("toast")).contains("one of fetch, placeholder, fail");

        STAND.database.run("CREATE TABLE unkeyed (line text)");
        assertThat(errors(connector("wrong"))).containsOnlyKeys("tables");
        assertThat(errors(connector("wrong")).get("tables"))
                .contains("unkeyed")
                .contains("allow.unkeyed")
                .doesNotContain("--");

        config = connector("wrong");
        config.put("tasks.max", "3");
        assertThat(errors(config)).containsOnlyKeys("tables");
        config.put("task.groups", "t;u;v");
        assertThat(errors(config)).containsOnlyKeys("task.groups");

        config = connector("torn");
        config.put("tables", "t");
        config.put("transaction.boundary", "poll");
        assertThat(errors(config)).containsOnlyKeys("exactly.once.support");
    }

    @Test
    void shouldGoOnAfterPauseAndStopWithoutDoublingAnything() throws Exception {
        STAND.cluster.put("ops", connector("ops"));
        STAND.topics.await("ops.t", 10);

        STAND.cluster.ask("PUT", "/connectors/ops/pause", "");
        Waiting.until("it is paused", () -> STAND.cluster.taskState("ops", 0).equals("PAUSED"));
        STAND.database.run("INSERT INTO t VALUES (11)");
        STAND.cluster.ask("PUT", "/connectors/ops/resume", "");
        STAND.topics.await("ops.t", 11);

        STAND.cluster.ask("PUT", "/connectors/ops/stop", "");
        Waiting.until(
                "it is stopped", () -> STAND.cluster.status("ops").path("tasks").isEmpty());
        Waiting.until(
                "the slot is free",
                () -> STAND.database
                        .ask("SELECT active FROM pg_replication_slots")
                        .equals("f"));
        STAND.database.run("INSERT INTO t VALUES (12)");

        String partition =
                "{\"offsets\":[{\"partition\":{\"slot\":\"ops\"},\"offset\":{\"checkpoint\":\"nonsense\"}}]}";
        JsonNode refused = STAND.cluster.ask("PATCH", "/connectors/ops/offsets", partition);
        assertThat(refused.path("message").asText()).contains("cannot read the offset");

        JsonNode offsets = STAND.cluster.ask("GET", "/connectors/ops/offsets", "");
        assertThat(offsets.toString()).contains("\\\"snapshot\\\":\\\"complete\\\"");
        JsonNode taken = STAND.cluster.ask("PATCH", "/connectors/ops/offsets", offsets.toString());
        assertThat(taken.path("message").asText()).contains("altered successfully");

        STAND.cluster.ask("PUT", "/connectors/ops/resume", "");
        STAND.topics.await("ops.t", 12);
        assertThat(ids("ops.t")).isEqualTo(upTo(12));
    }

    private static void stopAndForget(String name) throws Exception {
        STAND.cluster.ask("PUT", "/connectors/" + name + "/stop", "");
        Waiting.until(
                "it is stopped", () -> STAND.cluster.status(name).path("tasks").isEmpty());
        Waiting.until(
                "the slot is free",
                () -> STAND.database
                        .ask("SELECT active FROM pg_replication_slots")
                        .equals("f"));
        Waiting.until(
                "its offsets are deleted",
                () -> STAND.cluster
                        .ask("DELETE", "/connectors/" + name + "/offsets", "")
                        .path("message")
                        .asText()
                        .contains("reset successfully"));
    }

    @Test
    void shouldCopyEverythingAgainWhenOffsetsAndSlotAreGone() throws Exception {
        STAND.cluster.put("anew", connector("anew"));
        STAND.topics.await("anew.t", 10);
        stopAndForget("anew");
        assertThat(STAND.cluster.ask("GET", "/connectors/anew/offsets", "").path("offsets"))
                .isEmpty();
        STAND.database.run("SELECT pg_drop_replication_slot('anew')", "INSERT INTO t VALUES (11)");

        STAND.cluster.ask("PUT", "/connectors/anew/resume", "");

        STAND.topics.await("anew.t", 21);
        STAND.database.run("INSERT INTO t VALUES (12)");
        STAND.topics.await("anew.t", 22);
        assertThat(ids("anew.t").subList(0, 10)).isEqualTo(upTo(10));
        assertThat(ids("anew.t").subList(10, 22)).isEqualTo(upTo(12));
    }

    /** Nothing says up to where that slot was delivered, so that a gap could be passed over in silence. */
    @Test
    void shouldRefuseASlotThatStaysWithoutItsOffsets() throws Exception {
        STAND.cluster.put("stays", connector("stays"));
        STAND.topics.await("stays.t", 10);
        stopAndForget("stays");
        STAND.database.run("INSERT INTO t VALUES (11)");

        STAND.cluster.ask("PUT", "/connectors/stays/resume", "");

        Waiting.until(
                "the task has failed", () -> STAND.cluster.taskState("stays", 0).equals("FAILED"));
        assertThat(STAND.cluster
                        .status("stays")
                        .path("tasks")
                        .path(0)
                        .path("trace")
                        .asText())
                .contains(
                        "the checkpoint of slot stays is gone from Kafka", "on.lost.slot=resnapshot", "snapshot=never");

        Map<String, String> goingOn = connector("stays");
        goingOn.put("snapshot", "never");
        STAND.cluster.put("stays", goingOn);
        STAND.topics.await("stays.t", 11);
        assertThat(ids("stays.t")).isEqualTo(upTo(11));
    }

    @Test
    void shouldTellByJmxHowTheTaskGetsOn() throws Exception {
        String task = "org.bottledwater:type=task,slot=seen";
        int rows = 60_000;
        STAND.database.run(
                "INSERT INTO t SELECT generate_series(11, " + rows + ")", "CREATE TABLE u (id int PRIMARY KEY)");
        try (Jmx jmx = Jmx.of(STAND.cluster.workers.get(0).pid())) {
            Map<String, String> config = connector("seen");
            // A queue of a few hundred rows: the copy takes as long as the worker, and is seen.
            config.put("queue.bytes", "65536");
            STAND.cluster.put("seen", config);
            Waiting.until("there is the task's bean", () -> jmx.has(task));
            Waiting.until("it copies", () -> {
                assertThat(jmx.get(task, "Phase")).isNotEqualTo("streaming");
                return jmx.get(task, "Phase").equals("copying")
                        && jmx.number(task, "TablesToCopy") == 2
                        && jmx.number(task, "QueueBytes") > 0;
            });
            assertThat(jmx.number(task, "LastCommitMillis")).isZero();

            Waiting.until("it follows", () -> jmx.get(task, "Phase").equals("streaming"));
            assertThat(jmx.number(task, "Messages")).isEqualTo(rows);
            assertThat(jmx.number(task, "Tables")).isEqualTo(2);
            assertThat(jmx.number(task, "TablesToCopy")).isZero();
            assertThat(jmx.get(task, "Reason")).isEqualTo("");
            assertThat(jmx.get(task, "SafeLsn"))
                    .asString()
                    .matches("[0-9A-F]+/[0-9A-F]+")
                    .isNotEqualTo("0/0");

            long before = System.currentTimeMillis();
            STAND.database.run("INSERT INTO u VALUES (1)");
            Waiting.until("the row is told of", () -> jmx.number(task, "Messages") == rows + 1);
            Waiting.until("its time is told", () -> jmx.number(task, "LastCommitMillis") >= before - 1000);
            Waiting.until(
                    "nothing is left to send",
                    () -> jmx.number(task, "QueueBytes") == 0 && jmx.number(task, "LagBytes") == 0);
            assertThat(jmx.number(task, "Outages")).isZero();
            STAND.database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
            Waiting.until("the outage is told", () -> jmx.number(task, "Outages") == 1);
            assertThat(jmx.number(task, "Dropped")).isZero();
            // What Connect itself tells of any connector.
            Waiting.until(
                    "Connect has counted the records",
                    () -> jmx.number(
                                    "kafka.connect:type=source-task-metrics,connector=seen,task=0",
                                    "source-record-write-total")
                            > rows);

            STAND.cluster.ask("DELETE", "/connectors/seen", "");
            Waiting.until("the bean is gone with the task", () -> !jmx.has(task));
        }
    }

    @Test
    void shouldStopInFrontOfATruncateAndSaySo() throws Exception {
        STAND.cluster.put("trunc", connector("trunc"));
        STAND.topics.await("trunc.t", 10);
        STAND.database.run("INSERT INTO t VALUES (11)", "TRUNCATE t", "INSERT INTO t VALUES (12)");
        Waiting.until(
                "the task has failed", () -> STAND.cluster.taskState("trunc", 0).equals("FAILED"));
        assertThat(STAND.cluster
                        .status("trunc")
                        .path("tasks")
                        .path(0)
                        .path("trace")
                        .asText())
                .contains("on.truncate=ignore");
        assertThat(ids("trunc.t")).isEqualTo(upTo(11));

        Map<String, String> ignoring = connector("trunc");
        ignoring.put("on.truncate", "ignore");
        STAND.cluster.put("trunc", ignoring);
        STAND.topics.await("trunc.t", 12);
        assertThat(ids("trunc.t")).isEqualTo(upTo(12));
    }

    @Test
    void shouldPickUpANewTableWhileItRuns() throws Exception {
        STAND.cluster.put("grow", connector("grow"));
        STAND.topics.await("grow.t", 10);
        STAND.database.run("CREATE TABLE u (id int PRIMARY KEY)", "INSERT INTO u SELECT generate_series(1, 5)");
        STAND.topics.await("grow.u", 5);
        STAND.database.run("INSERT INTO t VALUES (11)", "INSERT INTO u VALUES (6)");
        STAND.topics.await("grow.u", 6);
        STAND.topics.await("grow.t", 11);
        assertThat(ids("grow.u")).isEqualTo(upTo(6));
        assertThat(ids("grow.t")).isEqualTo(upTo(11));
    }

    private static final String TASK = "org.bottledwater:type=task,slot=large";

    /** What the worker has of a transaction whose end does not come is undone; a transform stands in between, too. */
    @Test
    void shouldPassATransactionThatIsLargerThanTheQueueAlsoWhenTheConnectionBreaksInIt() throws Exception {
        Map<String, String> config = connector("large");
        config.put("queue.bytes", "65536");
        config.put("transforms", "same");
        config.put("transforms.same.type", "org.apache.kafka.connect.transforms.RegexRouter");
        config.put("transforms.same.regex", "(.*)");
        config.put("transforms.same.replacement", "$1");
        STAND.cluster.put("large", config);
        STAND.topics.await("large.t", 10);
        // Wide rows: of narrow ones the sockets between would hold the whole transaction.
        STAND.database.run("ALTER TABLE t ADD filler text");
        int last = 10;
        try (Jmx jmx = Jmx.of(STAND.cluster.workers.get(0).pid())) {
            while (!STAND.cluster.logs().contains("Aborting transaction for record")) {
                assertThat(last).as("rows without one that was undone").isLessThan(200_000);
                long before = jmx.number(TASK, "Messages");
                STAND.database.run("INSERT INTO t SELECT i, repeat('f', 1000) FROM generate_series(" + (last + 1) + ", "
                        + (last + 20_000) + ") i");
                last += 20_000;
                Waiting.until("some is handed over", () -> jmx.number(TASK, "Messages") > before + 1000);
                STAND.database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
            }
        }
        STAND.topics.await("large.t", last);
        assertThat(ids("large.t")).isEqualTo(upTo(last));
    }

    /** Without transactions nothing may be lost either; the position is told to PostgreSQL when it is stored, not before. */
    @Test
    void shouldLoseNothingInAWorkerWithoutTransactions() throws Exception {
        try (Cluster plain = Cluster.of(
                STAND.broker,
                Map.of(
                        "group.id", "plain",
                        "offset.storage.topic", "plain-offset",
                        "config.storage.topic", "plain-config",
                        "status.storage.topic", "plain-status",
                        "offset.flush.interval.ms", "2000"))) {
            plain.add();
            Map<String, String> config = connector("plain");
            assertThatThrownBy(() -> plain.put("plain", config)).hasMessageContaining("exactly-once source support");
            config.put("exactly.once.support", "requested");
            plain.put("plain", config);
            STAND.topics.await("plain.t", 10);
            STAND.database.run("INSERT INTO t SELECT generate_series(11, 2000)");
            STAND.topics.await("plain.t", 100);
            plain.workers.get(0).kill();
            STAND.database.run("INSERT INTO t SELECT generate_series(2001, 2500)");
            plain.workers.get(0).restart();
            Waiting.until(
                    "every row is there",
                    () -> ids("plain.t").stream().distinct().count() == 2500);
            String before = STAND.database.ask("SELECT confirmed_flush_lsn FROM pg_replication_slots");
            STAND.database.run("INSERT INTO t VALUES (2501)");
            Waiting.until(
                    "the position has moved",
                    () -> !STAND.database
                            .ask("SELECT confirmed_flush_lsn FROM pg_replication_slots")
                            .equals(before));
            plain.ask("DELETE", "/connectors/plain", "");
            Waiting.until(
                    "it is gone", () -> plain.ask("GET", "/connectors", "").isEmpty());
        }
    }
}
