package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.TopicReader.Message;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.bottledwater.pipeline.audit.Difference;
import org.bottledwater.pipeline.audit.TableAudit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Values that tell what happened to a row: {@code --value=change}. */
final class EnvelopeTest {
    private static final TableName ITEMS = new TableName("public", "items");

    private static Settings settings(TestBed bed) {
        return new SettingsBuilder(bed.settings()).value(ValueForm.CHANGE).build();
    }

    /** Header, key, letter, the row before and after. */
    private static String summary(Message message) {
        String value = message.value().isNull()
                ? "null"
                : message.value().path("op").asText() + " " + message.value().get("before") + " -> "
                        + message.value().get("after");
        return message.operation() + " " + message.key() + " " + value;
    }

    private static Stream<String> summaries(List<Message> messages) {
        return messages.stream().map(EnvelopeTest::summary);
    }

    @Test
    void shouldTellEachChangeWithTheRowBeforeAndAfter() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("items"))) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, n int)",
                    "ALTER TABLE items REPLICA IDENTITY FULL",
                    "INSERT INTO items VALUES (1, 10)");
            try (Running running = Running.of(settings(bed)).awaitStreaming()) {
                bed.sql(
                        "BEGIN",
                        "INSERT INTO items VALUES (2, 20)",
                        "UPDATE items SET n = 21 WHERE id = 2",
                        "UPDATE items SET id = 3 WHERE id = 2",
                        "DELETE FROM items WHERE id = 3",
                        "COMMIT");
                topic.await(8);
                bed.sql("TRUNCATE items");
                List<Message> messages = topic.await(11);
                assertThat(running.failureSoFar()).isEmpty();
                assertThat(summaries(messages.subList(0, 8)))
                        .containsExactly(
                                "snapshot {\"id\":1} r null -> {\"id\":1,\"n\":10}",
                                "insert {\"id\":2} c null -> {\"id\":2,\"n\":20}",
                                "update {\"id\":2} u {\"id\":2,\"n\":20} -> {\"id\":2,\"n\":21}",
                                "update {\"id\":2} d {\"id\":2,\"n\":21} -> null",
                                "update {\"id\":2} null",
                                "update {\"id\":3} c null -> {\"id\":3,\"n\":21}",
                                "delete {\"id\":3} d {\"id\":3,\"n\":21} -> null",
                                "delete {\"id\":3} null");
                // Of a TRUNCATE the log has no rows, and a key that was deleted may come once more.
                assertThat(summaries(messages.subList(8, messages.size())))
                        .allMatch(line -> line.matches("truncate \\{\"id\":[123]} null"))
                        .contains("truncate {\"id\":1} null");
            }
            Message first = topic.messages().get(0);
            assertThat(first.value().get("seq").isNull()
                            && first.value().get("xid").isNull())
                    .isTrue();
            assertThat(position(first)).isEqualTo(first.headers().get("pg.lsn"));
            List<Message> changes = topic.messages().subList(1, 8).stream()
                    .filter(message -> !message.value().isNull())
                    .toList();
            assertThat(changes).allSatisfy(message -> {
                assertThat(message.value().get("xid").asText())
                        .isEqualTo(message.headers().get("pg.xid"));
                assertThat(position(message)).isEqualTo(message.headers().get("pg.lsn"));
                // A header has all six digits, a value those that it needs.
                assertThat(Instant.parse(message.value().get("time").asText()))
                        .isEqualTo(Instant.parse(message.headers().get("pg.time")));
            });
            // Null values count.
            assertThat(changes.stream()
                            .map(message -> message.value().get("seq").asInt()))
                    .containsExactly(1, 2, 3, 5, 6);
        }
    }

    private static String position(Message message) {
        return Lsn.toString(message.value().get("lsn").asLong());
    }

    @Test
    void shouldKnowOfTheOldRowWhatTheReplicaIdentityHas() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("items"))) {
            bed.sql("CREATE TABLE items (id int PRIMARY KEY, n int)");
            try (Running running = Running.of(settings(bed)).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO items VALUES (1, 10)",
                        "UPDATE items SET n = 11",
                        "UPDATE items SET id = 2",
                        "DELETE FROM items");
                topic.await(7);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(summaries(topic.messages()))
                    .containsExactly(
                            "insert {\"id\":1} c null -> {\"id\":1,\"n\":10}",
                            "update {\"id\":1} u null -> {\"id\":1,\"n\":11}",
                            "update {\"id\":1} d {\"id\":1,\"n\":null} -> null",
                            "update {\"id\":1} null",
                            "update {\"id\":2} c null -> {\"id\":2,\"n\":11}",
                            "delete {\"id\":2} d {\"id\":2,\"n\":null} -> null",
                            "delete {\"id\":2} null");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"PGOUTPUT", "TEST_DECODING"})
    void shouldShowWhatMayBeSeenOnlyAndLargeValuesWhole(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("items"))) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, secret text, mail text, page text, n int)",
                    "ALTER TABLE items REPLICA IDENTITY FULL",
                    "ALTER TABLE items ALTER page SET STORAGE EXTERNAL");
            Settings settings = new SettingsBuilder(settings(bed))
                    .plugin(plugin)
                    .columns("!public.items.secret", Map.of("public.items.mail", "redact"))
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO items VALUES (1, 'hush', 'me@here', repeat('x', 9000), 0)",
                        "UPDATE items SET n = 1",
                        "DELETE FROM items");
                topic.await(4);
                assertThat(running.failureSoFar()).isEmpty();
            }
            String row = "{\"id\":1,\"mail\":\"***\",\"page\":\"" + "x".repeat(9000) + "\",\"n\":";
            assertThat(summaries(topic.messages()))
                    .containsExactly(
                            "insert {\"id\":1} c null -> " + row + "0}",
                            "update {\"id\":1} u " + row + "0} -> " + row + "1}",
                            "delete {\"id\":1} d " + row + "1} -> null",
                            "delete {\"id\":1} null");
        }
    }

    /** Without a key nothing can be taken away from the topic, but it can be told what was. */
    @Test
    void shouldTellOfADeleteInATableWithoutKeyIfTheLogHasTheRow() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("items"))) {
            bed.sql("CREATE TABLE items (n int)", "ALTER TABLE items REPLICA IDENTITY FULL");
            Settings settings =
                    new SettingsBuilder(settings(bed)).allowUnkeyed().build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO items VALUES (1)", "UPDATE items SET n = 2", "DELETE FROM items");
                topic.await(3);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(summaries(topic.messages()))
                    .containsExactly(
                            "insert null c null -> {\"n\":1}",
                            "update null u {\"n\":1} -> {\"n\":2}",
                            "delete null d {\"n\":2} -> null");
        }
    }

    @ParameterizedTest
    @EnumSource(OutputFormat.class)
    void shouldBeAuditedAndRepaired(OutputFormat format) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, name text)",
                    "INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 50) i",
                    "CREATE TABLE pulse (id int PRIMARY KEY, n int)",
                    "INSERT INTO pulse VALUES (1, 0)");
            Settings settings =
                    new SettingsBuilder(settings(bed)).format(format).build();
            try (Running running = Running.of(settings).awaitStreaming();
                    Writing pulse = Writing.to(bed, random -> {
                        LockSupport.parkNanos(5_000_000);
                        return "UPDATE pulse SET n = n + 1";
                    });
                    Forgery forgery = new Forgery(bed.topic("items"))) {
                pulse.awaitCommits(1);
                bed.sql("UPDATE items SET name = 'new' WHERE id < 10", "DELETE FROM items WHERE id > 40");
                assertThat(audit(settings, false).isClean()).isTrue();

                byte[] value = forgery.message(0).value();
                byte[] key = forgery.message(6).key();
                forgery.send(key, null);
                forgery.send(forgery.message(7).key(), value);
                TableAudit found = audit(settings, true).table(ITEMS).orElseThrow();
                assertThat(found.differences().stream().map(Difference::kind))
                        .containsExactlyInAnyOrder(Difference.Kind.MISSING, Difference.Kind.DIFFERENT);
                assertThat(List.of(found.rows(), found.repaired())).containsExactly(40L, 2L);
                assertThat(audit(settings, false).isClean()).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
            try (TopicReader topic = format == OutputFormat.AVRO
                    ? TopicReader.avro(bed.topic("items"))
                    : TopicReader.json(bed.topic("items"))) {
                assertThat(topic.messages().stream()
                                .filter(message -> message.operation().equals("repair"))
                                .map(EnvelopeTest::summary))
                        .containsExactlyInAnyOrder(
                                "repair {\"id\":7} r null -> {\"id\":7,\"name\":\"new\"}",
                                "repair {\"id\":8} r null -> {\"id\":8,\"name\":\"new\"}");
            }
        }
    }

    /** They have no column in common with a table, so that otherwise nothing would be found to differ. */
    @ParameterizedTest
    @EnumSource(OutputFormat.class)
    void shouldNotBeAuditedAsTheOtherForm(OutputFormat format) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE items (id int PRIMARY KEY, name text)", "INSERT INTO items VALUES (1, 'a')");
            Settings rows = new SettingsBuilder(bed.settings()).format(format).build();
            Settings changes = new SettingsBuilder(rows).value(ValueForm.CHANGE).build();
            try (Running running = Running.of(changes).awaitStreaming();
                    Forgery forgery = new Forgery(bed.topic("items"))) {
                assertThatThrownBy(() -> audit(rows, false))
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessage("topic " + bed.topic("items") + " has envelopes, and --value=change was not given"
                                + "\n  audit with the --value of the run; if the topic has both, begin anew in another"
                                + " one");
                if (format == OutputFormat.JSON) {
                    forgery.send("{\"id\":1}".getBytes(UTF_8), "{\"id\":1,\"name\":\"a\"}".getBytes(UTF_8));
                    assertThatThrownBy(() -> audit(changes, false))
                            .isInstanceOf(ConfigurationException.class)
                            .hasMessageStartingWith("topic " + bed.topic("items")
                                    + " has rows without envelopes, and --value=change was given");
                }
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static AuditReport audit(Settings settings, boolean repair) throws InterruptedException {
        return Audit.run(settings, AuditSettings.standard().withRepair(repair), new AuditListener() {});
    }
}
