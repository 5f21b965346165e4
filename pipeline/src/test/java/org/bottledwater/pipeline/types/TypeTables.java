package org.bottledwater.pipeline.types;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bottledwater.avro.ServerTypes;
import org.bottledwater.postgres.PostgresAddress;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;

/**
 * A server with a table for every type, {@code v_N (n, v)}, and one for every type that can be a key, {@code k_N (v)}.
 * Its settings differ from PostgreSQL's own wherever one could show in a value.
 */
final class TypeTables implements AutoCloseable {
    /** Up to here a server may not know a value that later ones know. */
    private static final int ALL_VALUES_SINCE = 12;

    final Map<String, String> types = new TreeMap<>();
    private final PostgresServer server;
    private final Connection connection;
    private final int major;

    TypeTables(String version) throws SQLException {
        server = PostgresServer.start(PostgresOptions.of(version)
                .with("datestyle", "German")
                .with("intervalstyle", "postgres_verbose")
                .with("timezone", "Asia/Kolkata")
                .with("extra_float_digits", "0")
                .with("bytea_output", "escape"));
        connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
        major = connection.getMetaData().getDatabaseMajorVersion();
        execute("SET TimeZone = 'UTC'");
        execute("SET DateStyle = ISO");
        for (String extension : ServerTypes.EXTENSIONS) {
            if (!ask("SELECT 1 FROM pg_available_extensions WHERE name = '" + extension + "'")
                    .isEmpty()) {
                execute("CREATE EXTENSION " + extension);
            }
        }
        for (String sql : ServerTypes.SETUP) {
            execute(sql);
        }
        int number = 100;
        for (ServerTypes.Case c : ServerTypes.all()) {
            String plain = c.type().replaceAll("\\[.*|\\(.*", "");
            if (major >= c.since()
                    && !ask("SELECT to_regtype('" + plain + "')::text").isEmpty()) {
                create(c, number++);
            }
        }
        execute("CREATE TABLE " + EncodedRows.LAST_TABLE + " (v int PRIMARY KEY)");
    }

    private void create(ServerTypes.Case c, int number) throws SQLException {
        try {
            execute("CREATE TABLE v_" + number + " (n int, v " + c.type() + ")");
        } catch (SQLException e) {
            if (major >= ALL_VALUES_SINCE) {
                throw e;
            }
            return;
        }
        types.put("v_" + number, c.type());
        boolean keyed = tryToExecute("CREATE TABLE k_" + number + " (v " + c.type() + " PRIMARY KEY)");
        int n = 0;
        for (String value : c.values(major)) {
            String literal = "'" + value.replace("'", "''") + "'";
            try {
                execute("INSERT INTO v_" + number + " VALUES (" + n++ + ", " + literal + ")");
            } catch (SQLException e) {
                if (major >= ALL_VALUES_SINCE) {
                    throw e;
                }
                continue;
            }
            if (keyed) {
                String key = "INSERT INTO k_" + number + " VALUES (" + literal + ") ON CONFLICT DO NOTHING";
                // Nothing is compared before there are two.
                keyed = tryToExecute(key + "; " + key);
            }
        }
        execute("INSERT INTO v_" + number + " VALUES (" + n + ", NULL)");
        if (keyed) {
            types.put("k_" + number, c.type());
        } else {
            execute("DROP TABLE IF EXISTS k_" + number);
        }
    }

    /** Writes all rows of all tables again, so that a stream brings what the copy brought. */
    void writeAgain() throws SQLException {
        for (String table : types.keySet()) {
            if (table.startsWith("k_")) {
                execute("BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM " + table + "; DELETE FROM " + table
                        + "; INSERT INTO " + table + " SELECT * FROM kept; DROP TABLE kept; COMMIT");
            } else {
                execute("INSERT INTO " + table + " SELECT * FROM " + table);
            }
        }
        execute("INSERT INTO " + EncodedRows.LAST_TABLE + " VALUES (1)");
    }

    /** Only types without an order cannot be a key; of an array or composite the second row tells. */
    private boolean tryToExecute(String sql) throws SQLException {
        try {
            execute(sql);
            return true;
        } catch (SQLException e) {
            if (!List.of("42704", "42883").contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
            return false;
        }
    }

    int major() {
        return major;
    }

    PostgresAddress address() {
        return PostgresAddress.parse(
                "postgres://postgres@" + server.host() + ":" + server.port() + "/postgres",
                Map.of(),
                Path.of("/nonexistent"));
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row, empty if there is none. */
    String ask(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            String value = row.next() ? row.getString(1) : "";
            return value == null ? "" : value;
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        server.close();
    }
}
