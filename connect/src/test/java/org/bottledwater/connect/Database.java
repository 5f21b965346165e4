package org.bottledwater.connect;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;

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

    @Override
    public void close() throws SQLException {
        session.close();
        server.close();
    }
}
