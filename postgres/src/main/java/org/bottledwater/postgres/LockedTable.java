package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;

/**
 * A table of the log as it is now, in a transaction that keeps others from changing it: whatever its name is now, and whatever
 * has its name now.
 */
final class LockedTable {
    private static final int ATTEMPTS = 3;

    private final Relation relation;
    private final TableName name;
    private final boolean certain;
    private final List<ColumnPlaces.Attribute> attributes;
    private final int[] places;
    private final Map<Integer, String> equality;
    private final String filter;

    private LockedTable(
            Relation relation,
            TableName name,
            boolean certain,
            List<ColumnPlaces.Attribute> attributes,
            Map<Integer, String> equality,
            RowSource source) {
        this.relation = relation;
        this.name = name;
        this.certain = certain;
        this.attributes = attributes;
        this.places = ColumnPlaces.find(relation, attributes, source.isWhole(relation.oid()));
        this.equality = equality;
        this.filter = source.filter(relation.oid());
    }

    /**
     * Begins a transaction, which {@link #unlock} ends. Nothing if the table is gone.
     *
     * @param equality the operators of relations that were met before
     */
    static Optional<LockedTable> lock(
            Connection connection,
            int version,
            Relation relation,
            RowSource source,
            Map<Relation, Map<Integer, String>> equality)
            throws SQLException {
        TableName name = relation.name();
        for (int attempt = 0; attempt < ATTEMPTS && relation.oid() != 0; attempt++) {
            Optional<SQLException> refused = lock(connection, name);
            if (refused.isEmpty()) {
                if (!equality.containsKey(relation)) {
                    equality.put(relation, equality(connection, relation.oid()));
                }
                Optional<LockedTable> locked =
                        look(connection, version, relation, name, source, equality.getOrDefault(relation, Map.of()));
                if (locked.isPresent()) {
                    return locked;
                }
            }
            unlock(connection);
            // It is gone by this name, or something else has it.
            Optional<TableName> now = name(connection, relation.oid());
            if (now.isEmpty()) {
                return Optional.empty();
            }
            if (refused.isPresent()
                    && now.get().equals(name)
                    && "42501".equals(refused.get().getSQLState())) {
                throw refused.get();
            }
            name = now.get();
        }
        return Optional.empty();
    }

    /**
     * A lock is taken before the snapshot, so that this shows the table as it is locked (manual, "LOCK").
     *
     * @return why there is no table of this name that can be locked
     */
    private static Optional<SQLException> lock(Connection connection, TableName name) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE ONLY " + name.quoted()
                    + " IN ACCESS SHARE MODE");
            return Optional.empty();
        } catch (SQLException e) {
            // No table, no schema, something that is no table, or somebody else's.
            if (List.of("42P01", "3F000", "42809", "42501").contains(String.valueOf(e.getSQLState()))) {
                return Optional.of(e);
            }
            throw e;
        }
    }

    static void unlock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("ROLLBACK");
        }
    }

    private static Optional<TableName> name(Connection connection, int oid) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT n.nspname, c.relname FROM pg_class c"
                        + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.oid = "
                        + Integer.toUnsignedString(oid))) {
            return row.next() ? Optional.of(new TableName(row.getString(1), row.getString(2))) : Optional.empty();
        }
    }

    /** Nothing if it is not the table that is meant. */
    private static Optional<LockedTable> look(
            Connection connection,
            int version,
            Relation relation,
            TableName name,
            RowSource source,
            Map<Integer, String> equality)
            throws SQLException {
        // A transaction that is older than what the slot keeps of the catalog had ended before every change that the
        // slot has
        // still to deliver: where it changed the table, it did so before them, as the lock of either keeps the other
        // out.
        String sql = "SELECT c.oid::int8, c.relkind::text, coalesce(age(c.xmin) > age(s.catalog_xmin), false),"
                + " a.attnum, a.attname, a.atttypid::int8, a.attisdropped, "
                + (version >= 120000 ? "a.attgenerated <> ''" : "false")
                + ", coalesce(age(a.xmin) > age(s.catalog_xmin), false)"
                + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                + " LEFT JOIN pg_replication_slots s ON s.slot_name = " + Sessions.literal(source.slot())
                + " WHERE n.nspname = " + Sessions.literal(name.schema())
                + " AND c.relname = " + Sessions.literal(name.table()) + " ORDER BY a.attnum";
        List<ColumnPlaces.Attribute> attributes = new ArrayList<>();
        boolean certain = !source.byName();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                if ((int) row.getLong(1) != relation.oid() || !row.getString(2).equals("r")) {
                    return Optional.empty();
                }
                certain |= row.getBoolean(3) && name.equals(relation.name());
                if (row.getString(5) != null) {
                    attributes.add(new ColumnPlaces.Attribute(
                            row.getInt(4),
                            row.getString(5),
                            (int) row.getLong(6),
                            row.getBoolean(7),
                            row.getBoolean(8),
                            row.getBoolean(9)));
                }
            }
        }
        return attributes.isEmpty()
                ? Optional.empty()
                : Optional.of(new LockedTable(relation, name, certain, attributes, equality, source));
    }

    /**
     * For each column of the key, by number, the operator by which its index finds it: that of an extension's type is in no
     * schema of the search path, and another one would read the whole table (manual, "Operator Classes and Operator Families").
     */
    private static Map<Integer, String> equality(Connection connection, int oid) throws SQLException {
        Map<Integer, String> operators = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT c.attnum, n.nspname, o.oprname"
                        + " FROM pg_index i, LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) AS c(attnum, opclass)"
                        + " JOIN pg_opclass oc ON oc.oid = c.opclass"
                        + " JOIN pg_amop am ON am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype"
                        + " AND am.amoprighttype = oc.opcintype AND am.amopstrategy = 3"
                        + " JOIN pg_am ON pg_am.oid = oc.opcmethod AND pg_am.amname = 'btree'"
                        + " JOIN pg_operator o ON o.oid = am.amopopr"
                        + " JOIN pg_namespace n ON n.oid = o.oprnamespace"
                        + " WHERE i.indrelid = " + Integer.toUnsignedString(oid)
                        + " AND (i.indisprimary OR i.indisreplident)")) {
            while (row.next()) {
                operators.put(
                        row.getInt(1),
                        "OPERATOR(" + Sessions.identifier(row.getString(2)) + "." + row.getString(3) + ")");
            }
        }
        return operators;
    }

    Relation relation() {
        return relation;
    }

    /** Whether it is the table that is meant, rather than another one that has its name now. */
    boolean isCertain() {
        return certain;
    }

    /** Whether all of these columns of the relation are known. */
    boolean has(List<Integer> columns) {
        return columns.stream().allMatch(column -> places[column] >= 0);
    }

    /** A column of the relation, with its name of now. */
    Column column(int column) {
        Column then = relation.columns().get(column);
        String now = attributes.get(places[column]).name();
        return new Column(
                now, then.type(), then.typeModifier(), then.declaredType(), then.dimensions(), then.comment());
    }

    /** What finds its rows by their keys. */
    FetchQuery query() {
        List<Column> keys = relation.keyColumns().stream().map(this::column).toList();
        List<String> operators = relation.keyColumns().stream()
                .map(column ->
                        equality.getOrDefault(attributes.get(places[column]).number(), "OPERATOR(pg_catalog.=)"))
                .toList();
        return new FetchQuery(name, keys, operators, filter);
    }
}
