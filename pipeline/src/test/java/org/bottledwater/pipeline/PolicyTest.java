package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unkeyed tables, and messages that cannot be delivered. */
final class PolicyTest {
    @Test
    void shouldRefuseToStartAndNameEveryUnkeyedTable() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE keyed (id int PRIMARY KEY)",
                    "CREATE TABLE log (t text)",
                    "CREATE TABLE \"My\" (a int)");
            assertThat(Running.of(bed.settings()).failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessage("""
                            2 tables have neither a primary key nor a replica identity index:
                                public.My
                                public.log
                              Their rows would have no key in Kafka, and their updates and deletes could not be told apart.
                              Give each a key:            ALTER TABLE "public"."My" ADD PRIMARY KEY (...);
                              or name a unique index:     ALTER TABLE "public"."My" REPLICA IDENTITY USING INDEX ...;
                              or send them without key:   --allow-unkeyed  (inserts and updates; deletes are not sent)
                              or leave them out:          --tables='!public.My'""");
            assertThat(bed.query("SELECT slot_name FROM pg_replication_slots WHERE database = '" + bed.name + "'"))
                    .isEmpty();
            assertThat(bed.query("SELECT pubname FROM pg_publication")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "12", "9.5"})
    void shouldSendInsertsAndUpdatesOfUnkeyedTablesWithoutKey(String major) throws Exception {
        try (TestBed bed = TestBed.on(major);
                TopicReader topic = TopicReader.json(bed.topic("log"))) {
            bed.sql("CREATE TABLE log (item text)", "INSERT INTO log VALUES ('a')");
            Settings settings =
                    new SettingsBuilder(bed.settings()).allowUnkeyed().build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "INSERT INTO log VALUES ('b')",
                        "UPDATE log SET item = 'c' WHERE item = 'a'",
                        "DELETE FROM log WHERE item = 'b'",
                        "INSERT INTO log VALUES ('d')");
                topic.await(4);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .containsExactly("snapshot null 'a'", "insert null 'b'", "update null 'c'", "insert null 'd'");
        }
    }

    /** The hazard of publications: with an ordinary one for all tables, the UPDATE would be refused in the application. */
    @ParameterizedTest
    @EnumSource(
            value = PluginChoice.class,
            names = {"AUTO", "PGOUTPUT"})
    void shouldNeverMakeTheApplicationsUpdateFail(PluginChoice plugin) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("keyed"))) {
            bed.sql(
                    "CREATE TABLE keyed (id int PRIMARY KEY, item text)",
                    "CREATE TABLE unkeyed (item text)",
                    "CREATE TABLE nothing (id int PRIMARY KEY, item text)",
                    "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
                    "INSERT INTO unkeyed VALUES ('a')",
                    "INSERT INTO nothing VALUES (1, 'a')");
            Settings settings = new SettingsBuilder(bed.settings())
                    .allowUnkeyed()
                    .plugin(plugin)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql(
                        "UPDATE unkeyed SET item = 'b'",
                        "DELETE FROM unkeyed",
                        "UPDATE nothing SET item = 'b'",
                        "DELETE FROM nothing",
                        "CREATE TABLE later (item text)",
                        "INSERT INTO later VALUES ('a')",
                        "UPDATE later SET item = 'b'",
                        "DELETE FROM later",
                        "CREATE TEMP TABLE passing (item text)",
                        "INSERT INTO passing VALUES ('a')",
                        "UPDATE passing SET item = 'b'",
                        "INSERT INTO keyed VALUES (1, 'end')");
                topic.await(1);
                // A table that loses its key while it is published as a keyed one.
                bed.sql("ALTER TABLE keyed DROP CONSTRAINT keyed_pkey");
                if (plugin == PluginChoice.PGOUTPUT) {
                    Waiting.until(
                            "the table has left the publication",
                            () -> bed.query("SELECT tablename FROM pg_publication_tables WHERE pubname = '" + bed.name
                                            + "'")
                                    .isEmpty());
                }
                bed.sql("UPDATE keyed SET item = 'x'");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void shouldStopInFrontOfWhatCannotBeDelivered(Delivery delivery) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("docs"))) {
            bed.sql("CREATE TABLE docs (id int PRIMARY KEY, item text)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .delivery(delivery)
                    .topics(Map.of("max.message.bytes", "20000"), true)
                    .build();
            Running running = Running.of(settings).awaitStreaming();
            bed.sql(
                    "INSERT INTO docs VALUES (1, 'before')",
                    "INSERT INTO docs SELECT 2, string_agg(md5(i::text), '') FROM generate_series(1, 2000) i",
                    "INSERT INTO docs VALUES (3, 'after')");
            assertThat(running.failure())
                    .hasMessageStartingWith("cannot deliver a message: table=public.docs key={\"id\":2}: ")
                    .hasMessageContaining("--on-error=log");
            assertThat(topic.messages().stream().map(PipelineTest::summary))
                    .contains("insert {\"id\":1} 'before'")
                    .doesNotContain("insert {\"id\":3} 'after'");

            // Nothing is lost by it: dropped with a line in the log, the rest follows.
            try (Running second = Running.of(
                    new SettingsBuilder(settings).onError(OnError.LOG).build())) {
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM docs t WHERE id <> 2"), "id");
                bed.sql("INSERT INTO docs VALUES (4, 'more')");
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM docs t WHERE id <> 2"), "id");
                awaitConfirmed(bed);
                assertThat(second.failureSoFar()).isEmpty();
            }
            if (delivery == Delivery.EXACTLY_ONCE) {
                assertThat(topic.messages()).hasSize(3);
            }
        }
    }

    @Test
    void shouldDropMessagesOfAMissingTopicAndAcknowledgeTheOthers() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("present"))) {
            bed.sql(
                    "CREATE TABLE present (id int PRIMARY KEY, item text)",
                    "CREATE TABLE missing (id int PRIMARY KEY)");
            try (Running first = Running.of(new SettingsBuilder(bed.settings())
                            .tables("present")
                            .build())
                    .awaitStreaming()) {
                assertThat(first.failureSoFar()).isEmpty();
            }
            Settings settings = new SettingsBuilder(bed.settings())
                    .topics(Map.of(), false)
                    .onError(OnError.LOG)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO missing VALUES (1)", "INSERT INTO present VALUES (1, 'x')");
                topic.await(1);
                awaitConfirmed(bed);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** The slot has moved beyond everything that is written now. */
    private static void awaitConfirmed(TestBed bed) throws Exception {
        String now = bed.query("SELECT pg_current_wal_lsn()").get(0);
        bed.sql(
                "CREATE TABLE IF NOT EXISTS nudge (id int PRIMARY KEY)",
                "INSERT INTO nudge SELECT count(*) FROM nudge");
        Waiting.until(
                "the slot is confirmed up to " + now,
                () -> bed.query("SELECT confirmed_flush_lsn >= '" + now
                                + "' FROM pg_replication_slots WHERE slot_name = '" + bed.name + "'")
                        .equals(List.of("t")));
    }
}
