package org.bottledwater.connect;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Waiting;

/** A server of its own, and a session. */
final class Database implements AutoCloseable {
    private final PostgresServer server = PostgresServer.start(PostgresOptions.of("15"));
    final Connection session;

    Database() throws SQLException {
        session = connect();
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl("postgres"), "postgres", "");
    }

    long pid() {
        return server.pid();
    }

    String uri() {
        return server.uri("postgres");
    }

    /** By another way to the server. */
    String uri(int port) {
        return uri().replace(":" + port(), ":" + port);
    }

    int port() {
        return server.port();
    }

    String jdbcUrl() {
        return server.jdbcUrl("postgres");
    }

    void run(String... statements) throws SQLException {
        try (Statement statement = session.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    String ask(String sql) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.next() ? String.valueOf(result.getString(1)) : "";
        }
    }

    /** Without tables and slots, as it was in the beginning; waits for those who read a slot. */
    void empty() throws SQLException {
        Waiting.until(
                "no slot is in use",
                () -> ask("SELECT count(*) FROM pg_replication_slots WHERE active")
                        .equals("0"));
        run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
        run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public");
    }

    @Override
    public void close() throws SQLException {
        session.close();
        server.close();
    }
}
