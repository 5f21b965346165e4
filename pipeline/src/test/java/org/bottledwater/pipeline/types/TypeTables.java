package org.bottledwater.pipeline.types;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.bottledwater.avro.ServerTypes;
import org.bottledwater.postgres.PostgresAddress;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;

/**
 * A server with tables of all types. Its settings differ from PostgreSQL's own wherever one could show in a value.
 */
final class TypeTables implements AutoCloseable {
    /** Up to here a server may not know a value that later ones know. */
    private static final int ALL_VALUES_SINCE = 12;

    /** The tables. */
    final Map<String, String> types = new TreeMap<>();

    private final PostgresServer server;
    private final Connection connection;
    private final int major;

    private TypeTables(String version) throws SQLException {
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
        execute("SET extra_float_digits = 3");
        for (String extension : ServerTypes.EXTENSIONS) {
            if (!ask("SELECT 1 FROM pg_available_extensions WHERE name = '" + extension + "'")
                    .isEmpty()) {
                execute("CREATE EXTENSION " + extension);
            }
        }
        for (String sql : ServerTypes.SETUP) {
            execute(sql);
        }
        execute("CREATE TABLE " + EncodedRows.LAST_TABLE + " (v int PRIMARY KEY)");
    }

    /** {@code v_N (n, v)} for every type, and {@code k_N (v)} for every one that can be a key. */
    static TypeTables ofEveryType(String version) throws SQLException {
        TypeTables tables = new TypeTables(version);
        int number = 100;
        for (ServerTypes.Case c : tables.known()) {
            tables.create(c, number++);
        }
        return tables;
    }

    /** Tables {@code r_N (n, …)}; the type of one is the statement that made it. */
    static TypeTables random(String version, Random random, int count) throws SQLException {
        TypeTables tables = new TypeTables(version);
        List<ServerTypes.Case> cases = new ArrayList<>();
        for (ServerTypes.Case c : tables.known()) {
            if (tables.holds(c)) {
                cases.add(c);
            }
        }
        RandomTables source = new RandomTables(random, tables.major, cases);
        for (int i = 0; i < count; i++) {
            String name = "r_" + (10_000 + i);
            for (String sql : source.table(name)) {
                tables.execute(sql);
                if (sql.startsWith("CREATE TABLE")) {
                    tables.types.put(name, sql);
                }
            }
        }
        return tables;
    }

    /** The types that the server has. */
    private List<ServerTypes.Case> known() throws SQLException {
        List<ServerTypes.Case> cases = new ArrayList<>();
        for (ServerTypes.Case c : ServerTypes.all()) {
            String plain = c.type().replaceAll("\\[.*|\\(.*", "");
            if (major >= c.since()
                    && !ask("SELECT to_regtype('" + plain + "')::text").isEmpty()) {
                cases.add(c);
            }
        }
        return cases;
    }

    /** Whether the server knows all values of the type; older ones lack some. */
    private boolean holds(ServerTypes.Case c) throws SQLException {
        try {
            execute("CREATE TEMP TABLE trial (v " + c.type() + ")");
            for (String value : c.values(major)) {
                execute("INSERT INTO trial VALUES ('" + value.replace("'", "''") + "')");
            }
            return true;
        } catch (SQLException e) {
            if (major >= ALL_VALUES_SINCE) {
                throw e;
            }
            return false;
        } finally {
            execute("DROP TABLE IF EXISTS trial");
        }
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
            if (!table.startsWith("v_")) {
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

    /** The session in which the values were written. */
    Connection connection() {
        return connection;
    }

    /** What the server prints for the values of a table, by the numbers of their rows. */
    Map<Integer, String> printed(String table) throws SQLException {
        Map<Integer, String> values = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT n, format('%s', v) FROM " + table)) {
            while (row.next()) {
                values.put(row.getInt(1), row.getString(2));
            }
        }
        return values;
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
