package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Behind the address is another server than the one that was copied, or the same with another past. */
final class OtherServerTest {
    private static final String TABLE = "CREATE TABLE t (id int PRIMARY KEY, item text)";

    /**
     * The server that takes over in mid-run is an old state of the first one, which was promoted, and has written more
     * than the first one since: only the timeline tells.
     */
    @ParameterizedTest
    @EnumSource(OnLostSlot.class)
    void shouldNoticeThatARestoredBackupTookOver(OnLostSlot policy) throws Exception {
        try (PostgresServer first = PostgresServer.start("18")) {
            sql(first, TABLE, "INSERT INTO t VALUES (1, 'in the backup')");
            try (PostgresServer backup = first.startStandby(Map.of());
                    TopicReader topic = TopicReader.json(name(policy) + ".t")) {
                Settings settings = TestBed.settings(
                        "postgres://postgres@127.0.0.1:" + first.port() + ",127.0.0.1:" + backup.port() + "/postgres",
                        name(policy),
                        TestBed.kafka().bootstrapServers(),
                        TestBed.registry());
                Running running = Running.of(
                                new SettingsBuilder(settings).onLostSlot(policy).build())
                        .awaitStreaming();
                sql(first, "INSERT INTO t VALUES (2, 'after the backup')");
                topic.await(2);
                sql(backup, "SELECT pg_promote()");
                sql(
                        backup,
                        "INSERT INTO t VALUES (3, 'in another history')",
                        "CREATE TABLE much AS SELECT i, repeat('x', 100) FROM generate_series(1, 100000) i",
                        "ALTER TABLE much ADD PRIMARY KEY (i)",
                        "SELECT pg_create_logical_replication_slot('" + name(policy) + "', 'test_decoding')",
                        "SELECT pg_drop_replication_slot('" + name(policy) + "')");
                first.kill();
                if (policy == OnLostSlot.EXIT) {
                    assertThat(running.failure())
                            .isInstanceOf(ConfigurationException.class)
                            .hasMessageStartingWith(
                                    "the server's history is not the one that was copied: timeline=2 checkpoint=")
                            .hasMessageContaining(" of timeline 1, which it left at ");
                    return;
                }
                Waiting.until(
                        "the other history is copied, without the row that it does not have",
                        () -> ids(topic).equals(Set.of(1, 3)));
                sql(backup, "INSERT INTO t VALUES (4, 'live')");
                Waiting.until("and followed", () -> ids(topic).equals(Set.of(1, 3, 4)));
                running.close();
            }
        }
    }

    private static Set<Integer> ids(TopicReader topic) {
        return topic.fold().keySet().stream()
                .map(key -> key.get("id").intValue())
                .collect(Collectors.toSet());
    }

    @Test
    void shouldNoticeThatTheServerIsBehind() throws Exception {
        try (PostgresServer first = PostgresServer.start("18")) {
            sql(first, TABLE);
            try (PostgresServer backup = first.startStandby(Map.of())) {
                Settings settings = TestBed.settings(
                        first.uri("postgres"), "behind", TestBed.kafka().bootstrapServers(), TestBed.registry());
                Running.of(settings).awaitStreaming().close();
                sql(backup, "SELECT pg_promote()");
                Settings restored = TestBed.settings(
                        backup.uri("postgres"), "behind", TestBed.kafka().bootstrapServers(), TestBed.registry());
                assertThat(Running.of(restored).failure())
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageStartingWith("the server has less log than was read from it: server=")
                        .hasMessageContaining("\n  or go back to the server that was copied:  --postgres");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OnLostSlot.class)
    void shouldStopInMidRunAtAServerOfAnotherOrigin(OnLostSlot policy) throws Exception {
        try (PostgresServer first = PostgresServer.start("18");
                TestBed other = TestBed.on("18")) {
            sql(first, "CREATE DATABASE " + other.name);
            Settings settings = TestBed.settings(
                    "postgres://postgres@127.0.0.1:" + first.port() + ",127.0.0.1:" + other.postgres.port() + "/"
                            + other.name,
                    other.name,
                    TestBed.kafka().bootstrapServers(),
                    TestBed.registry());
            Running running = Running.of(
                            new SettingsBuilder(settings).onLostSlot(policy).build())
                    .awaitStreaming();
            first.kill();
            assertThat(running.failure())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("the checkpoint of slot " + other.name + " is that of another database: ");
        }
    }

    private static String name(OnLostSlot policy) {
        return "restored_" + policy.name().toLowerCase(java.util.Locale.ROOT);
    }

    static List<String> sql(PostgresServer server, String... statements) throws SQLException {
        List<String> answers = new ArrayList<>();
        try (Connection session = DriverManager.getConnection(server.jdbcUrl("postgres"), "postgres", "");
                Statement statement = session.createStatement()) {
            for (String sql : statements) {
                if (statement.execute(sql)) {
                    try (ResultSet row = statement.getResultSet()) {
                        while (row.next()) {
                            answers.add(String.valueOf(row.getString(1)));
                        }
                    }
                }
            }
        }
        return answers;
    }
}
