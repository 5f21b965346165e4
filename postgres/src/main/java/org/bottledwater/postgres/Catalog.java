package org.bottledwater.postgres;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.bottledwater.change.Column;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.wire.RelationResolver;

/** What tables there are and what they look like, as one session sees them. One thread at a time. */
public final class Catalog {
    private static final String NOT_OF_THE_SYSTEM =
            " c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ";

    /** The first version with partitioned tables. */
    private static final int PARTITIONS = 100000;

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
        return tables(name -> false);
    }

    /**
     * As the other.
     *
     * @param generated of which tables the stored generated columns are published
     */
    public List<Table> tables(Predicate<TableName> generated) {
        return tables(generated, "");
    }

    /** One of them. */
    public Optional<Table> table(int oid) {
        return tables(name -> false, " AND c.oid = " + Integer.toUnsignedString(oid)).stream()
                .findFirst();
    }

    private List<Table> tables(Predicate<TableName> generated, String condition) {
        String sql = "SELECT oid, nspname, relname, identity, keyed, full_row OR keyed,"
                + " pages, rows, file, readable, owned, root_schema, root, publishable, publishable_generated, root_oid"
                + " FROM (" + tablesQuery() + condition + ") t ORDER BY nspname, relname";
        List<Table> tables = new ArrayList<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                boolean readable = row.getBoolean(10);
                if (row.wasNull()) {
                    // Privileges are those of now, whatever the query's snapshot shows: the table has just been
                    // dropped.
                    continue;
                }
                TableName name = new TableName(row.getString(2), row.getString(3));
                boolean publishable = row.getBoolean(generated.test(name) ? 15 : 14);
                tables.add(new Table(
                        (int) row.getLong(1),
                        name,
                        row.getString(13) == null
                                ? Optional.empty()
                                : Optional.of(new TableName(row.getString(12), row.getString(13))),
                        ReplicaIdentity.of(row.getString(4).charAt(0)),
                        row.getBoolean(5) && publishable,
                        row.getBoolean(6) && publishable,
                        row.getLong(7),
                        row.getLong(8),
                        (int) row.getLong(9),
                        readable,
                        row.getBoolean(11),
                        PublishedPart.WHOLE,
                        (int) row.getLong(16),
                        name));
            }
            return tables;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: tables cannot be listed, database=" + postgres.database());
        }
    }

    /**
     * Whether the identity of {@code pg_class c} has no generated column that is not published: PostgreSQL 18 refuses UPDATE and
     * DELETE where it has one, and before it a key would lack a part. Virtual ones are never published.
     *
     * @param storedOnes whether stored ones are published
     */
    static String publishable(int version, boolean storedOnes) {
        if (version < 120000) {
            return "true";
        }
        String generated = "EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0"
                + " AND NOT a.attisdropped AND a.attgenerated " + (storedOnes ? "= 'v'" : "<> ''");
        return "NOT CASE WHEN c.relreplident = 'f' THEN "
                + (version >= 180000 ? generated + ")" : "false")
                + " ELSE " + generated + " AND a.attnum IN (SELECT i.indkey[k] FROM pg_index i,"
                + " LATERAL generate_series(0, i." + keyCount(version) + " - 1) k"
                + " WHERE i.indrelid = c.oid AND i.indisvalid AND CASE c.relreplident"
                + " WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END)) END";
    }

    private static String keyCount(int version) {
        return version >= 110000 ? "indnkeyatts" : "indnatts";
    }

    private String tablesQuery() {
        int version = postgres.serverVersion();
        String keyCount = keyCount(version);
        return "SELECT c.oid::int8 AS oid, n.nspname, c.relname, c.relreplident::text AS identity,"
                + " EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid"
                + " AND CASE c.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate WHEN 'f' THEN i.indisprimary"
                + " WHEN 'i' THEN i.indisreplident ELSE false END) AS keyed,"
                + " c.relreplident = 'f' AS full_row, " + publishable(version, false) + " AS publishable, "
                + publishable(version, true) + " AS publishable_generated,"
                + " c.relpages::int8 AS pages,"
                + " CASE WHEN c.reltuples > 0 THEN c.reltuples::int8"
                + " ELSE greatest(pg_stat_get_live_tuples(c.oid), 0) END AS rows,"
                + " c.relfilenode::int8 AS file,"
                + " has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,"
                + " pg_has_role(c.relowner, 'USAGE') AS owned,"
                + (version >= PARTITIONS ? " p.nspname AS root_schema, p.relname" : " NULL AS root_schema, NULL")
                + " AS root," + (version >= PARTITIONS ? " coalesce(p.oid, 0)::int8" : " 0::int8")
                + " AS root_oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + (version >= PARTITIONS ? rootOfPartition(keyCount) : "")
                + " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND" + NOT_OF_THE_SYSTEM;
    }

    /** {@code p} is the partitioned table at the top of partition {@code c}, if it has the same key. */
    private static String rootOfPartition(String keyCount) {
        return " LEFT JOIN LATERAL (WITH RECURSIVE up(oid, level) AS ("
                + "SELECT h.inhparent, 1 FROM pg_inherits h WHERE h.inhrelid = c.oid AND c.relispartition"
                + " UNION ALL SELECT h.inhparent, level + 1 FROM up JOIN pg_inherits h ON h.inhrelid = up.oid)"
                + " SELECT r.oid, r.relname, rn.nspname, r.relreplident FROM up JOIN pg_class r ON r.oid = up.oid"
                + " JOIN pg_namespace rn ON rn.oid = r.relnamespace ORDER BY level DESC LIMIT 1) p"
                + " ON " + keyNames("c", keyCount) + " = " + keyNames("p", keyCount);
    }

    private static String keyNames(String table, String keyCount) {
        return "coalesce((SELECT array_agg(a.attname::text ORDER BY a.attname::text) FROM pg_index i,"
                + " LATERAL generate_series(0, i." + keyCount + " - 1) k, pg_attribute a WHERE i.indrelid = " + table
                + ".oid AND i.indisvalid AND a.attrelid = i.indrelid AND a.attnum = i.indkey[k] AND CASE " + table
                + ".relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate WHEN 'f' THEN i.indisprimary"
                + " WHEN 'i' THEN i.indisreplident ELSE false END), '{}')";
    }

    /**
     * The partitioned table, as it is now, of which a table is a part, if both have the same key ({@link Table#root}).
     */
    public Optional<Relation> root(int oid) {
        if (postgres.serverVersion() < PARTITIONS) {
            return Optional.empty();
        }
        String sql = "SELECT p.oid::int8 FROM pg_class c"
                + rootOfPartition(keyCount(postgres.serverVersion()))
                + " WHERE p.oid IS NOT NULL AND c.oid = " + Integer.toUnsignedString(oid);
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? relation((int) row.getLong(1)) : Optional.empty();
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: cannot be read, oid=" + Integer.toUnsignedString(oid));
        }
    }

    /** Whether the server knows partitioned tables. */
    public boolean hasPartitions() {
        return postgres.serverVersion() >= PARTITIONS;
    }

    /** What looks like a table to people, but of which the log holds nothing: by kind, in the plural. */
    public Map<String, List<TableName>> leftOut() {
        String sql = "SELECT CASE c.relkind WHEN 'f' THEN 'foreign tables' WHEN 'v' THEN 'views'"
                + " WHEN 'm' THEN 'materialized views' ELSE 'unlogged tables' END, n.nspname, c.relname FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE (c.relkind IN ('f', 'v', 'm') OR c.relkind = 'r' AND c.relpersistence = 'u') AND"
                + NOT_OF_THE_SYSTEM + "ORDER BY 1, 2, 3";
        Map<String, List<TableName>> leftOut = new TreeMap<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                leftOut.computeIfAbsent(row.getString(1), first -> new ArrayList<>())
                        .add(new TableName(row.getString(2), row.getString(3)));
            }
            return leftOut;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: tables cannot be listed, database=" + postgres.database());
        }
    }

    /**
     * Tables that are part of an extension, or that one uses to work with: they are there for it, not for people. What
     * pg_partman calls a template holds no row.
     */
    public List<TableName> ofExtensions() {
        String sql = "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND (EXISTS (SELECT FROM pg_depend d"
                + " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e')"
                + " OR c.relname LIKE 'template\\_%' AND EXISTS (SELECT FROM pg_extension e"
                + " WHERE e.extname = 'pg_partman' AND e.extnamespace = n.oid)) AND" + NOT_OF_THE_SYSTEM
                + "ORDER BY 1, 2";
        List<TableName> names = new ArrayList<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                names.add(new TableName(row.getString(1), row.getString(2)));
            }
            return names;
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

    /** The table as it is now, with the columns that are published, in their order; without dropped ones. */
    public Relation relation(Table table) {
        return relation(table.oid(), table.part())
                .orElseThrow(() -> new ConfigurationException("catalog: the table is gone: table=" + table.name()
                        + ". Start again, or leave it out with --tables"));
    }

    /** The table as it is now, without generated columns, or nothing if it was dropped. */
    public Optional<Relation> relation(int oid) {
        return relation(oid, PublishedPart.WHOLE);
    }

    /** The table as it is now, with the columns that are published, or nothing if it was dropped. */
    public Optional<Relation> relation(int oid, PublishedPart part) {
        try {
            Optional<Shape> shape = shapes.find(oid);
            return shape.isEmpty()
                    ? Optional.empty()
                    : Optional.of(part.of(resolver.relation(shape.get(), part.generated())));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: table cannot be read, oid=" + Integer.toUnsignedString(oid));
        }
    }

    /** The relation of a decoder with what the types of its columns mean now: composite types may have changed. */
    public Relation withTypesOfNow(Relation relation) {
        try {
            return shapes.atOnce(() -> resolver.withTypesOfNow(relation));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: types cannot be read, table=" + relation.name());
        }
    }

    /**
     * What changes with every change of the attributes of these composite types.
     *
     * @return {@code txid_current_snapshot()} of that moment, a blank, and the state
     */
    public String compositeState(Collection<Integer> typeOids) {
        try {
            return resolver.state(typeOids);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: types cannot be read, types=" + typeOids.size());
        }
    }

    /** What the catalog has now of something that the WAL names. */
    public enum Presence {
        /** An ordinary permanent table. */
        TABLE,
        /** A view, a partitioned table, an unlogged table and the like. */
        OTHER,
        GONE
    }

    /**
     * What has this OID now: a name says nothing, as it may have passed to something else since the WAL was written.
     *
     * @param name asked for if the OID is 0, as test_decoding tells no other
     */
    public Presence presence(int oid, TableName name) {
        String sql = "SELECT c.relkind = 'r' AND c.relpersistence = 'p' FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
                + (oid == 0 ? "n.nspname = ? AND c.relname = ?" : "c.oid = " + Integer.toUnsignedString(oid));
        try (PreparedStatement statement = postgres.jdbc().prepareStatement(sql)) {
            if (oid == 0) {
                statement.setString(1, name.schema());
                statement.setString(2, name.table());
            }
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Presence.GONE;
                }
                return row.getBoolean(1) ? Presence.TABLE : Presence.OTHER;
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: cannot be read, table=" + name);
        }
    }

    /**
     * The OIDs of tables that were created or altered by a transaction or later, as far as the age of their entries tells.
     *
     * @param xid a 32-bit transaction number of late
     */
    public Set<Integer> alteredSince(int xid) {
        Set<Integer> oids = new HashSet<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT oid::int8 FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND age(xmin) <= age('"
                                + Integer.toUnsignedString(xid) + "'::xid)")) {
            while (row.next()) {
                oids.add((int) row.getLong(1));
            }
            return oids;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: tables cannot be listed, database=" + postgres.database());
        }
    }

    /** The OIDs of all ordinary tables, unlogged ones among them. */
    public Set<Integer> ordinaryTables() {
        Set<Integer> oids = new HashSet<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT oid::int8 FROM pg_class WHERE relkind = 'r' AND oid >= 16384")) {
            while (row.next()) {
                oids.add((int) row.getLong(1));
            }
            return oids;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: tables cannot be listed, database=" + postgres.database());
        }
    }

    /**
     * The columns of the message keys of many tables at once, by OID, in the order in which their messages have them; a
     * table without key is left out.
     */
    public Map<Integer, List<Column>> keys(Collection<Table> tables) {
        try {
            return shapes.atOnce(() -> resolver.keys(tables));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: keys cannot be read, tables=" + tables.size());
        }
    }

    /**
     * For a decoder; its thread is then the one that uses this session.
     *
     * @param listed tables as they are now: rows of one that has another name, or is gone, when they are decoded keep its key
     */
    public RelationResolver resolver(Collection<Table> listed) {
        resolver.list(listed);
        return resolver;
    }
}
