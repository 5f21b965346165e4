package org.bottledwater.postgres;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.wire.RelationResolver;

/** What tables there are and what they look like, as one session sees them. One thread at a time. */
public final class Catalog {
    private static final String NOT_OF_THE_SYSTEM =
            " c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ";

    private final Postgres postgres;
    private final Shapes shapes;
    private final CatalogResolver resolver;

    public Catalog(Postgres postgres) {
        this.postgres = postgres;
        this.shapes = new Shapes(postgres.jdbc(), postgres.serverVersion());
        this.resolver = new CatalogResolver(shapes, new TypeLoader(postgres.jdbc(), postgres.serverVersion()));
    }

    /** All ordinary permanent tables of the database, partitions among them, ordered by name. */
    public List<Table> tables() {
        String sql =
                "SELECT oid, nspname, relname, identity, keyed AND publishable, (full_row OR keyed) AND publishable,"
                        + " pages, rows, file, readable, owned FROM (" + tablesQuery()
                        + ") t ORDER BY nspname, relname";
        List<Table> tables = new ArrayList<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                tables.add(new Table(
                        (int) row.getLong(1),
                        new TableName(row.getString(2), row.getString(3)),
                        ReplicaIdentity.of(row.getString(4).charAt(0)),
                        row.getBoolean(5),
                        row.getBoolean(6),
                        row.getLong(7),
                        row.getLong(8),
                        (int) row.getLong(9),
                        row.getBoolean(10),
                        row.getBoolean(11)));
            }
            return tables;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: tables cannot be listed, database=" + postgres.database());
        }
    }

    /**
     * {@code publishable} is about generated columns, which are not published: PostgreSQL 18 refuses UPDATE and DELETE
     * where the identity has one, and before it a key would lack a part.
     */
    private String tablesQuery() {
        int version = postgres.serverVersion();
        String keyCount = version >= 110000 ? "indnkeyatts" : "indnatts";
        String generated = "EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0"
                + " AND NOT a.attisdropped AND a.attgenerated <> ''";
        String publishable = version < 120000
                ? "true"
                : "NOT CASE WHEN c.relreplident = 'f' THEN "
                        + (version >= 180000 ? generated + ")" : "false")
                        + " ELSE " + generated + " AND a.attnum IN (SELECT i.indkey[k] FROM pg_index i,"
                        + " LATERAL generate_series(0, i." + keyCount + " - 1) k"
                        + " WHERE i.indrelid = c.oid AND i.indisvalid AND CASE c.relreplident"
                        + " WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END)) END";
        return "SELECT c.oid::int8 AS oid, n.nspname, c.relname, c.relreplident::text AS identity,"
                + " EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid"
                + " AND CASE c.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate WHEN 'f' THEN i.indisprimary"
                + " WHEN 'i' THEN i.indisreplident ELSE false END) AS keyed,"
                + " c.relreplident = 'f' AS full_row, " + publishable + " AS publishable,"
                + " c.relpages::int8 AS pages,"
                + " greatest(c.reltuples::int8, pg_stat_get_live_tuples(c.oid), 0) AS rows,"
                + " c.relfilenode::int8 AS file,"
                + " has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,"
                + " pg_has_role(c.relowner, 'USAGE') AS owned"
                + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND" + NOT_OF_THE_SYSTEM;
    }

    /** Tables of which the log holds nothing, each with the reason, for people. */
    public List<String> leftOut() {
        String sql = "SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE (c.relkind = 'f' OR c.relkind = 'r' AND c.relpersistence = 'u') AND" + NOT_OF_THE_SYSTEM
                + "ORDER BY 1, 2";
        List<String> lines = new ArrayList<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                String reason = row.getString(3).equals("f")
                        ? "a foreign table, its rows are on another server"
                        : "an unlogged table, its changes are not in the log";
                lines.add(new TableName(row.getString(1), row.getString(2)) + ": " + reason);
            }
            return lines;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: tables cannot be listed, database=" + postgres.database());
        }
    }

    /** The table's size in blocks at this moment. Waits for whoever holds the table exclusively, up to ten seconds. */
    public long pages(Table table) {
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery("SELECT coalesce(pg_relation_size("
                        + Integer.toUnsignedString(table.oid())
                        + "::oid::regclass), 0) / current_setting('block_size')::int8")) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: size cannot be read, table=" + table.name());
        }
    }

    /** The table as it is now: columns in their order, without dropped and generated ones. */
    public Relation relation(Table table) {
        return relation(table.oid())
                .orElseThrow(() -> new ConfigurationException("catalog: the table is gone: table=" + table.name()
                        + ". Start again, or leave it out with --tables"));
    }

    /** The table as it is now, or nothing if it was dropped. */
    public Optional<Relation> relation(int oid) {
        try {
            Optional<Shape> shape = shapes.find(oid);
            return shape.isEmpty() ? Optional.empty() : Optional.of(resolver.relation(shape.get()));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: table cannot be read, oid=" + Integer.toUnsignedString(oid));
        }
    }

    /** False for a view, a partitioned table and the like; true also for a name that nothing has. */
    public boolean isOrdinaryOrGone(TableName name) {
        String sql = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE n.nspname = ? AND c.relname = ? AND c.relkind <> 'r'";
        try (PreparedStatement statement = postgres.jdbc().prepareStatement(sql)) {
            statement.setString(1, name.schema());
            statement.setString(2, name.table());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getInt(1) == 0;
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: cannot be read, table=" + name);
        }
    }

    /** For a decoder; its thread is then the one that uses this session. */
    public RelationResolver resolver() {
        return resolver;
    }
}
