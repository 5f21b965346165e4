package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Columns that are left out, hashed or hidden never reach Kafka, whichever way a row comes. */
final class ColumnTest {
    private static final String[] USERS = {
        "CREATE TABLE users (secret text, id int PRIMARY KEY, email text, born date, note text)",
        "INSERT INTO users VALUES ('s1', 1, 'ada@example.org', '1815-12-10', 'first'), ('s2', 2, NULL, NULL, NULL)"
    };

    private static Settings hiding(TestBed bed, PluginChoice plugin, OutputFormat format) {
        return new SettingsBuilder(bed.settings())
                .plugin(plugin)
                .format(format)
                .columns(
                        "!public.users.secret",
                        Map.of(
                                "public.users.email",
                                "sha256",
                                "public.users.born",
                                "sha256",
                                "public.users.note",
                                "redact"))
                .build();
    }

    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"PGOUTPUT", "TEST_DECODING"})
    void shouldSendNoneOfThemByCopyOrStream(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("users"))) {
            bed.sql(USERS);
            try (Running running =
                    Running.of(hiding(bed, plugin, OutputFormat.JSON)).awaitStreaming()) {
                bed.sql("UPDATE users SET id = id + 10");
                topic.await(6);
                assertThat(running.failureSoFar()).isEmpty();
            }

            List<String> rows = topic.messages().stream()
                    .map(message -> message.value().toString())
                    .toList();
            String ada = "\"email\":\"" + sha256(bed, "ada@example.org") + "\",\"born\":\"" + sha256(bed, "1815-12-10")
                    + "\",\"note\":\"***\"}";
            String nobody = "\"email\":null,\"born\":null,\"note\":null}";
            assertThat(rows)
                    .containsExactly(
                            "{\"id\":1," + ada,
                            "{\"id\":2," + nobody,
                            "null",
                            "{\"id\":11," + ada,
                            "null",
                            "{\"id\":12," + nobody);
        }
    }

    /** An audit waits for commits to come through. */
    private static Writing pulse(TestBed bed) throws Exception {
        bed.sql("CREATE TABLE pulse (id int PRIMARY KEY, n int)", "INSERT INTO pulse VALUES (1, 0)");
        return Writing.to(bed, random -> {
            LockSupport.parkNanos(5_000_000);
            return "UPDATE pulse SET n = n + 1";
        });
    }

    private static String sha256(TestBed bed, String text) throws Exception {
        return bed.query("SELECT encode(sha256('" + text + "'), 'hex')").get(0);
    }

    @Test
    void shouldHaveNoFieldInAvroAndBeAuditedAsItIsSent() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.avro(bed.topic("users"))) {
            bed.sql(USERS);
            Settings settings = hiding(bed, PluginChoice.AUTO, OutputFormat.AVRO);
            try (Running running = Running.of(settings).awaitStreaming();
                    Writing pulse = pulse(bed)) {
                topic.await(2);
                pulse.awaitCommits(1);
                AuditReport report = Audit.run(settings, AuditSettings.standard(), new AuditListener() {});

                assertThat(topic.messages().get(0).value().toString())
                        .contains("\"id\":1", "\"note\":\"***\"")
                        .doesNotContain("secret", "ada@");
                assertThat(report.isClean()).as(report.toString()).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "!public.users.id       |                    | a column of the key cannot be left out: column=public.users.id",
                "public.users.email     |                    | a column of the key cannot be left out: column=public.users.id",
                "!public.*.*            |                    | a column of the key cannot be left out: column=public.users.id",
                "                       | public.users.id    | a column of the key cannot be masked: column=public.users.id",
                "!public.users.pasword  |                    | there is no such column: column=public.users.pasword",
                "                       | public.users.mail  | there is no such column: column=public.users.mail",
                "                       | public.user.email  | no captured table has this column: column=public.user.email",
            })
    void shouldRefuseToStartRatherThanHideWhatMustNotBeOrNothing(String columns, String masked, String message)
            throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(USERS);
            Settings settings = new SettingsBuilder(bed.settings())
                    .columns(columns == null ? "" : columns, masked == null ? Map.of() : Map.of(masked, "sha256"))
                    .build();

            assertThat(Running.of(settings).failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith(message);
            assertThat(bed.query("SELECT 1 FROM pg_replication_slots WHERE slot_name = '" + bed.name + "'"))
                    .as("nothing was made")
                    .isEmpty();
        }
    }

    @Test
    void shouldNotLookForALargeValueThatIsNotSent() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("t"))) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, n int, large text)",
                    "ALTER TABLE t ALTER large SET STORAGE EXTERNAL",
                    "INSERT INTO t VALUES (1, 0, repeat('x', 100000))");
            Settings settings = new SettingsBuilder(bed.settings())
                    .columns("!public.t.large", Map.of())
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql("UPDATE t SET n = 1", "DELETE FROM t");
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(3);
                assertThat(running.failureSoFar()).isEmpty();
            }

            // Whoever had looked for it in a row that is gone would have said so in a header.
            TopicReader.Message update = topic.messages().get(1);
            assertThat(update.value().toString()).isEqualTo("{\"id\":1,\"n\":1}");
            assertThat(update.headers()).doesNotContainKeys("pg.unknown", "pg.read-later");
        }
    }

    /** The column is hidden by its name: under another one its rows must not pass. */
    @Test
    void shouldStopInFrontOfAHiddenColumnThatIsRenamed() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("users"))) {
            bed.sql(USERS);
            Running running = Running.of(hiding(bed, PluginChoice.AUTO, OutputFormat.JSON))
                    .awaitStreaming();
            bed.sql("ALTER TABLE users RENAME secret TO password", "UPDATE users SET note = 'x' WHERE id = 1");

            assertThat(running.failure()).hasMessageContaining("there is no such column: column=public.users.secret");
            topic.await(2);
            assertThat(topic.messages()).hasSize(2);
        }
    }

    @Test
    void shouldSendOnlyWhatIsNamedOfATableAndAllOfTheOthers() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("part"));
                TopicReader other = TopicReader.json(bed.topic("other"))) {
            bed.sql(
                    "CREATE TABLE part (a text, id int, b text, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
                    "CREATE TABLE part_1 (b text, id int NOT NULL, a text)",
                    "ALTER TABLE part ATTACH PARTITION part_1 FOR VALUES FROM (0) TO (10)",
                    "INSERT INTO part VALUES ('a', 1, 'b')",
                    "CREATE TABLE other (id int PRIMARY KEY, c text)",
                    "INSERT INTO other VALUES (1, 'c')");
            Settings settings = new SettingsBuilder(bed.settings())
                    .columns("public.part.id,public.part.b*", Map.of())
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO part VALUES ('a', 2, 'c')");
                topic.await(2);
                other.await(1);
                assertThat(running.failureSoFar()).isEmpty();
            }

            assertThat(topic.messages())
                    .extracting(message -> message.value().toString())
                    .containsExactly("{\"id\":1,\"b\":\"b\"}", "{\"id\":2,\"b\":\"c\"}");
            assertThat(other.messages())
                    .extracting(message -> message.value().toString())
                    .containsExactly("{\"id\":1,\"c\":\"c\"}");
        }
    }
}
