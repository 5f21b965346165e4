package org.bottledwater.postgres;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;

/**
 * A database of its own on a server that all tests of the JVM share. The servers' settings differ from PostgreSQL's own
 * wherever one could show in a value; they end with the JVM.
 */
final class TestDatabase implements AutoCloseable {
    static final Path NO_HOME = Path.of("/nonexistent");

    private static final Map<String, PostgresServer> SERVERS = new ConcurrentHashMap<>();
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final PostgresServer server;
    private final String name;
    private final Connection connection;

    private TestDatabase(PostgresServer server, String name) throws SQLException {
        this.server = server;
        this.name = name;
        this.connection = DriverManager.getConnection(server.jdbcUrl(name));
    }

    static TestDatabase create(String major) throws SQLException {
        return create(SERVERS.computeIfAbsent(major, TestDatabase::start));
    }

    static TestDatabase create(PostgresServer server) throws SQLException {
        String name = "Db " + COUNT.incrementAndGet();
        try (Connection postgres = DriverManager.getConnection(server.jdbcUrl("postgres"));
                Statement statement = postgres.createStatement()) {
            statement.execute("CREATE DATABASE \"" + name + "\"");
        }
        return new TestDatabase(server, name.replace(" ", "%20"));
    }

    private static PostgresServer start(String major) {
        return PostgresServer.start(PostgresOptions.of(major)
                .with("datestyle", "German")
                .with("intervalstyle", "postgres_verbose")
                .with("timezone", "Asia/Kolkata")
                .with("extra_float_digits", "0")
                .with("bytea_output", "escape")
                .with("client_encoding", "LATIN1")
                .with("quote_all_identifiers", "on")
                .with("standard_conforming_strings", "off")
                .with("statement_timeout", "30s")
                .with("wal_sender_timeout", "20s")
                .withHba("host all locked_out 127.0.0.1/32 md5"));
    }

    /** A name that no other test uses: slots belong to the server, not to the database. */
    static String slotName() {
        return "slot_" + COUNT.incrementAndGet();
    }

    PostgresAddress address() {
        return addressOf("postgres");
    }

    PostgresAddress addressOf(String user) {
        return parse("postgres://" + user + "@" + server.host() + ":" + server.port() + "/" + name);
    }

    static PostgresAddress parse(String conninfo) {
        return PostgresAddress.parse(conninfo, Map.of(), NO_HOME);
    }

    PostgresServer server() {
        return server;
    }

    /** As it stands in a URI. */
    String name() {
        return name;
    }

    void execute(String... commands) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : commands) {
                statement.execute(sql);
            }
        }
    }

    String query(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    Connection open() throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl(name));
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
