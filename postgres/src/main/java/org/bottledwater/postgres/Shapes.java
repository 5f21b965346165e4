package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;

/** Reads {@link Shape}s, keys and the spelling of types from the catalog. */
final class Shapes {
    private final Connection connection;
    private final int serverVersion;

    Shapes(Connection connection, int serverVersion) {
        this.connection = connection;
        this.serverVersion = serverVersion;
    }

    /** Something that takes several queries. */
    interface Asking<T> {
        T ask() throws SQLException;
    }

    /** All queries of {@code asking} see one state of the catalog: no table comes, goes or changes between them. */
    <T> T atOnce(Asking<T> asking) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            try {
                return asking.ask();
            } finally {
                // It has changed nothing; this ends one that has failed, too.
                statement.execute("ROLLBACK");
            }
        }
    }

    Optional<Shape> find(int oid) throws SQLException {
        return find("c.oid = " + Integer.toUnsignedString(oid), new String[0]);
    }

    Optional<Shape> find(TableName name) throws SQLException {
        return find("n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')", name.schema(), name.table());
    }

    private Optional<Shape> find(String condition, String... parameters) throws SQLException {
        String sql = "SELECT c.oid::int8, n.nspname, c.relname, c.relreplident::text,"
                + " coalesce(obj_description(c.oid, 'pg_class'), '')"
                + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " + condition;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                int oid = (int) row.getLong(1);
                return Optional.of(new Shape(
                        oid,
                        new TableName(row.getString(2), row.getString(3)),
                        ReplicaIdentity.of(row.getString(4).charAt(0)),
                        row.getString(5),
                        columns(oid)));
            }
        }
    }

    private List<Shape.Attribute> columns(int oid) throws SQLException {
        String sql = "SELECT attname, atttypid::int8, atttypmod, format_type(atttypid, atttypmod), attndims,"
                + " coalesce(col_description(attrelid, attnum), ''),"
                + (serverVersion >= 120000 ? " attgenerated::text" : " ''::text")
                + " FROM pg_attribute WHERE attrelid = " + Integer.toUnsignedString(oid)
                + " AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
        List<Shape.Attribute> columns = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                columns.add(new Shape.Attribute(
                        row.getString(1),
                        (int) row.getLong(2),
                        row.getInt(3),
                        row.getString(4),
                        row.getInt(5),
                        row.getString(6),
                        row.getString(7)));
            }
        }
        return columns;
    }

    /**
     * Names of the message key's columns: of the identity's index, or the primary key where the whole row is the
     * identity. PostgreSQL takes no deferrable primary key as identity.
     */
    List<String> keyColumns(int oid, ReplicaIdentity identity) throws SQLException {
        String index = switch (identity) {
            case DEFAULT -> "i.indisprimary AND i.indimmediate";
            case FULL -> "i.indisprimary";
            case INDEX -> "i.indisreplident";
            case NOTHING -> "false";
        };
        String sql = "SELECT a.attname FROM pg_index i"
                + " CROSS JOIN LATERAL generate_series(0, i." + keyCount() + " - 1) k"
                + " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]"
                + " WHERE i.indisvalid AND " + index + " AND i.indrelid = " + Integer.toUnsignedString(oid);
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    /** Whether two rows may have the same primary key until their transaction ends; true also for a table that is gone. */
    boolean isKeyDeferrable(int oid) throws SQLException {
        String sql = "SELECT NOT EXISTS (SELECT FROM pg_index WHERE indisprimary AND indisvalid AND indimmediate"
                + " AND indrelid = " + Integer.toUnsignedString(oid) + ")";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** The key columns of many tables at once, by OID; those without key are left out. */
    Map<Integer, List<String>> keyColumns(Collection<Integer> oids) throws SQLException {
        Map<Integer, List<String>> names = new HashMap<>();
        if (oids.isEmpty()) {
            return names;
        }
        String sql = "SELECT c.oid::int8, a.attname FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid"
                + " CROSS JOIN LATERAL generate_series(0, i." + keyCount() + " - 1) k"
                + " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k]"
                + " WHERE i.indisvalid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate"
                + " WHEN 'f' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END"
                + " AND c.oid IN (" + TypeLoader.list(oids) + ")";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                names.computeIfAbsent((int) row.getLong(1), first -> new ArrayList<>())
                        .add(row.getString(2));
            }
        }
        return names;
    }

    /** A column of a message key. */
    record KeyColumn(String name, int typeOid, int typeModifier, int dimensions) {}

    /** The same with their types, in the order of the columns of the table, or of its root. */
    Map<Integer, List<KeyColumn>> keys(Collection<Table> tables) throws SQLException {
        Map<Integer, List<KeyColumn>> keys = new HashMap<>();
        if (tables.isEmpty()) {
            return keys;
        }
        StringBuilder values = new StringBuilder();
        for (Table table : tables) {
            values.append(values.isEmpty() ? "(" : ",(")
                    .append(Integer.toUnsignedString(table.oid()))
                    .append("::oid,")
                    .append(Integer.toUnsignedString(table.rootOid()))
                    .append("::oid)");
        }
        String sql = "SELECT c.oid::int8, a.attname, a.atttypid::int8, a.atttypmod, a.attndims FROM (VALUES " + values
                + ") v(oid, root) JOIN pg_class c ON c.oid = v.oid JOIN pg_index i ON i.indrelid = c.oid"
                + " CROSS JOIN LATERAL generate_series(0, i." + keyCount() + " - 1) k"
                + " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k]"
                + " LEFT JOIN pg_attribute r ON r.attrelid = v.root AND r.attname = a.attname AND NOT r.attisdropped"
                + " WHERE i.indisvalid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate"
                + " WHEN 'f' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END"
                + " ORDER BY coalesce(r.attnum, a.attnum)";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                keys.computeIfAbsent((int) row.getLong(1), first -> new ArrayList<>())
                        .add(new KeyColumn(row.getString(2), (int) row.getLong(3), row.getInt(4), row.getInt(5)));
            }
        }
        return keys;
    }

    /** Behind the key columns of an index may stand ones that it only carries along (INCLUDE). */
    private String keyCount() {
        return serverVersion >= 110000 ? "indnkeyatts" : "indnatts";
    }

    /** {@code format_type} of each pair of type and modifier. */
    List<String> formatTypes(List<Integer> oids, List<Integer> typeModifiers) throws SQLException {
        if (oids.isEmpty()) {
            return List.of();
        }
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < oids.size(); i++) {
            values.append(i == 0 ? "(" : ",(")
                    .append(i)
                    .append(',')
                    .append(Integer.toUnsignedString(oids.get(i)))
                    .append("::oid,")
                    .append(typeModifiers.get(i))
                    .append(')');
        }
        String sql = "SELECT format_type(t, m) FROM (VALUES " + values + ") v(i, t, m) ORDER BY i";
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    /** The OID for each name as {@code format_type} prints it, 0 for a type that is gone. */
    Map<String, Integer> typeOids(List<String> names) throws SQLException {
        Map<String, Integer> oids = new HashMap<>();
        for (String name : names) {
            if (name.contains("???") || name.equals("-")) {
                oids.put(name, 0); // how format_type prints a type that it does not find
            }
        }
        List<String> wanted = names.stream()
                .distinct()
                .filter(name -> !oids.containsKey(name))
                .toList();
        if (wanted.isEmpty()) {
            return oids;
        }
        // A literal fits the function's parameter in every version: it was cstring before 9.6, text since.
        StringBuilder sql = new StringBuilder("SELECT ");
        for (int i = 0; i < wanted.size(); i++) {
            sql.append(i == 0 ? "" : ",")
                    .append("coalesce(to_regtype(")
                    .append(Sessions.literal(wanted.get(i)))
                    .append("), 0)::oid::int8");
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql.toString())) {
            row.next();
            for (int i = 0; i < wanted.size(); i++) {
                oids.put(wanted.get(i), (int) row.getLong(i + 1));
            }
        }
        return oids;
    }
}
