package org.bottledwater.pipeline;

import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.postgres.PostgresAddress;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.RegistryServer;
import org.bottledwater.sandbox.Waiting;

/**
 * A database of its own on servers that all tests of this JVM share, with a slot and a topic prefix of its own too, so
 * that tests do not see one another.
 */
final class TestBed implements AutoCloseable {
    private static final Map<String, PostgresServer> POSTGRES = new TreeMap<>();
    private static final AtomicInteger COUNTER = new AtomicInteger();

    /** Started when first asked for, gone with the JVM. */
    private static final class Shared {
        static final KafkaBroker KAFKA = KafkaBroker.start();
        static final RegistryServer REGISTRY = RegistryServer.start();
    }

    final String name;
    final PostgresServer postgres;
    private final boolean ownServer;
    private Connection connection;

    private TestBed(PostgresServer server, boolean own, String database) throws SQLException {
        postgres = server;
        ownServer = own;
        name = "bed" + COUNTER.incrementAndGet();
        try (Connection admin = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "")) {
            execute(admin, "CREATE DATABASE " + name + " " + database);
        }
        connection = DriverManager.getConnection(postgres.jdbcUrl(name), "postgres", "");
    }

    static TestBed on(String major) throws SQLException {
        return new TestBed(shared(major), false, "");
    }

    static TestBed ofEncoding(String major, String encoding) throws SQLException {
        String database = "ENCODING '" + encoding + "' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'";
        return new TestBed(shared(major), false, database);
    }

    /** On a server of its own. */
    static TestBed on(PostgresOptions options) throws SQLException {
        return new TestBed(PostgresServer.start(options), true, "");
    }

    private static PostgresServer shared(String major) {
        synchronized (POSTGRES) {
            return POSTGRES.computeIfAbsent(
                    major, m -> PostgresServer.start(PostgresOptions.of(m).with("max_prepared_transactions", "10")));
        }
    }

    static KafkaBroker kafka() {
        return Shared.KAFKA;
    }

    static URI registry() {
        return URI.create(Shared.REGISTRY.url());
    }

    /** What {@code bottledwater} would be told: JSON, exactly-once, everything else by default. */
    Settings settings() {
        return settings(postgres.uri(name), name, kafka().bootstrapServers(), registry());
    }

    /** The same for a process that shares nothing with this one. */
    static Settings settings(String postgresUri, String name, String broker, URI registry) {
        return new Settings(
                PostgresAddress.parse(postgresUri, Map.of(), Path.of("/nonexistent")),
                name,
                PluginChoice.AUTO,
                Optional.empty(),
                TableFilter.ALL,
                false,
                SnapshotMode.INITIAL,
                2,
                KafkaSettings.of(broker),
                Delivery.EXACTLY_ONCE,
                OutputFormat.JSON,
                RegistrySettings.of(registry.toString()),
                name,
                OnError.EXIT,
                OnTruncate.DELETE,
                ToastMode.FETCH,
                PartitionedTables.ROOT,
                Optional.empty(),
                TypeOptions.DEFAULT,
                SlotPolicy.DEFAULT,
                Optional.empty(),
                ColumnFilter.ALL,
                TopicRules.NONE,
                ValueForm.ROW,
                Optional.empty(),
                OnRename.KEEP);
    }

    /** The topic of a table of schema public. */
    String topic(String table) {
        return name + "." + table;
    }

    void sql(String... statements) throws SQLException {
        for (String statement : statements) {
            execute(connection, statement);
        }
    }

    /** After the server was away. */
    void reconnect() throws SQLException {
        connection = connect();
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(name), "postgres", "");
    }

    /** The first column of the answer. */
    List<String> query(String sql) throws SQLException {
        List<String> answers = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                answers.add(String.valueOf(result.getString(1)));
            }
        }
        return answers;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** A slot keeps log, and the number of slots is limited: none outlives its test. */
    @Override
    public void close() throws SQLException {
        connection.close();
        if (ownServer) {
            postgres.close();
            return;
        }
        try (Connection admin = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "")) {
            execute(
                    admin,
                    "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = '" + name
                            + "' AND active");
            Waiting.until("the slot is free", () -> {
                try (Statement statement = admin.createStatement();
                        ResultSet result =
                                statement.executeQuery("SELECT count(*) FROM pg_replication_slots WHERE database = '"
                                        + name + "' AND active")) {
                    result.next();
                    return result.getInt(1) == 0;
                }
            });
            execute(
                    admin,
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '" + name
                            + "'");
        }
    }
}
