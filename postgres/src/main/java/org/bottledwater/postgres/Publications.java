package org.bottledwater.postgres;

import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;

/**
 * Our own two publications for pgoutput. A publication of updates makes PostgreSQL refuse UPDATE and DELETE on each of
 * its tables that has no replica identity, so {@code <slot>} names only tables that have one, and {@code <slot>_inserts}
 * publishes inserts and truncates only, of all tables. pgoutput sends the union.
 *
 * <p>Make them before the slot: pgoutput looks for them in the catalog as it was when a change was written.
 */
public final class Publications {
    private static final String MARK = "made by bottledwater";
    private static final int BATCH = 500;

    /** Row filters and column lists. */
    private static final int PARTS = 150000;

    /** Generated columns in the stream, and virtual ones. */
    private static final int GENERATED = 180000;

    /** Of the class "transaction rollback", which is tried again. */
    private static final String OVERTAKEN = "40000";

    /** Whether PostgreSQL can tell which row an UPDATE or DELETE of {@code pg_class c} means. */
    private static final String IDENTIFIED = "(c.relreplident = 'f' OR EXISTS (SELECT FROM pg_index i"
            + " WHERE i.indrelid = c.oid AND i.indisvalid AND CASE c.relreplident"
            + " WHEN 'd' THEN i.indisprimary AND i.indimmediate WHEN 'i' THEN i.indisreplident ELSE false END))";

    private final Postgres postgres;
    private final String all;
    private final String inserts;

    private record Publication(long oid, boolean allTables, boolean updates, boolean truncates, boolean ours) {}

    public Publications(Postgres postgres, String slot) {
        this.postgres = postgres;
        this.all = Slots.requireValidName(slot);
        // PostgreSQL would cut a longer name off in silence, and then both could have the same.
        String suffix = "_inserts";
        this.inserts = slot.substring(0, Math.min(slot.length(), 63 - suffix.length())) + suffix;
    }

    /** The two, for {@link StreamOptions}. */
    public List<String> names() {
        return List.of(all, inserts);
    }

    /**
     * Creates the publications, or brings them up to date with the tables to capture.
     *
     * @return what the operator should know, a sentence each; usually nothing
     * @throws ConfigurationException when this role may not, with the SQL that mends it
     */
    public List<String> ensure(Collection<Table> captured) {
        if (postgres.serverVersion() < 100000) {
            throw new ConfigurationException("publication: needs PostgreSQL 10, server=" + postgres.serverVersionText()
                    + ". Use --plugin=test_decoding");
        }
        try {
            return ensureBoth(captured);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be made or changed, names=" + all + "," + inserts);
        }
    }

    private List<String> ensureBoth(Collection<Table> captured) throws SQLException {
        Set<Integer> complete =
                captured.stream().filter(Table::hasIdentity).map(Table::oid).collect(Collectors.toSet());
        Optional<Publication> first = findOurs(all);
        if (first.isPresent()) {
            // Before anything that may fail: a table that lost its identity cannot be updated while it is in here.
            Set<Integer> gone = members(first.get());
            gone.removeAll(complete);
            alter(all, "DROP", gone);
        }
        requireOwned(captured, first.isPresent() ? members(first.get()) : Set.of());
        if (first.isEmpty()) {
            create(all, "");
        } else if (!first.get().updates() || !first.get().truncates()) {
            publishAll();
        }
        Set<Integer> missing = new HashSet<>(complete);
        missing.removeAll(members(findOurs(all).orElseThrow()));
        alter(all, "ADD", missing);
        return ensureInserts(captured);
    }

    private List<String> ensureInserts(Collection<Table> captured) throws SQLException {
        Optional<Publication> second = findOurs(inserts);
        if (second.isEmpty() && isSuperuser()) {
            create(inserts, " FOR ALL TABLES" + insertsOnly());
            return List.of();
        }
        if (second.isEmpty()) {
            create(inserts, insertsOnly());
        } else if (second.get().updates()) {
            publishInserts();
        }
        if (second.isPresent() && second.get().allTables()) {
            return List.of();
        }
        Set<Integer> wanted =
                captured.stream().filter(Table::ownedByUs).map(Table::oid).collect(Collectors.toSet());
        Set<Integer> present = members(findOurs(inserts).orElseThrow());
        Set<Integer> gone = new HashSet<>(present);
        gone.removeAll(wanted);
        alter(inserts, "DROP", gone);
        wanted.removeAll(present);
        alter(inserts, "ADD", wanted);
        return List.of("publication " + inserts + " covers the tables of now only, as this role is no superuser:"
                + " a table without key that is created later is captured after a restart");
    }

    /**
     * Asks whether {@link #ensure} may put these tables into our publication, and changes nothing.
     *
     * @throws ConfigurationException if not, with the SQL that mends it
     */
    public void requirePossible(Collection<Table> captured) {
        try {
            Optional<Publication> first = findOurs(all);
            requireOwned(captured, first.isPresent() ? members(first.get()) : Set.of());
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be looked up, name=" + all);
        }
    }

    /** Only a table's owner may put it into a publication; what already is in there is well. */
    private void requireOwned(Collection<Table> captured, Set<Integer> present) throws SQLException {
        if (isSuperuser()) {
            return;
        }
        List<Table> foreign = captured.stream()
                .filter(table -> !table.ownedByUs() && !present.contains(table.oid()))
                .toList();
        if (foreign.isEmpty()) {
            return;
        }
        String names =
                foreign.stream().limit(20).map(table -> table.name().toString()).collect(Collectors.joining(", "));
        String quoted =
                foreign.stream().limit(20).map(table -> table.name().quoted()).collect(Collectors.joining(", "));
        throw new ConfigurationException(
                "publication: this role owns neither all captured tables nor is it a superuser,"
                        + " role=" + postgres.address().user() + " tables=" + names
                        + (foreign.size() > 20 ? " and " + (foreign.size() - 20) + " more" : "")
                        + ". Leave them out with --tables, or let a superuser run: CREATE PUBLICATION my_publication FOR TABLE "
                        + quoted + (foreign.size() > 20 ? ", …" : "") + "; and use --publication=my_publication");
    }

    /** Drops both, if they are ours and there. */
    public void drop() {
        if (postgres.serverVersion() < 100000) {
            return;
        }
        try {
            for (String name : names()) {
                Optional<Publication> found = find(name);
                if (found.isPresent() && found.get().ours()) {
                    execute("DROP PUBLICATION IF EXISTS " + Sessions.identifier(name));
                }
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be dropped, names=" + all + "," + inserts);
        }
    }

    /** Those of our two that are there. */
    public List<String> existing() {
        if (postgres.serverVersion() < 100000) {
            return List.of();
        }
        try {
            List<String> existing = new ArrayList<>();
            for (String name : names()) {
                if (find(name).filter(Publication::ours).isPresent()) {
                    existing.add(name);
                }
            }
            return existing;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be looked up, names=" + all + "," + inserts);
        }
    }

    /**
     * Takes tables that have lost their replica identity, or got a generated column into it, out of the publication of updates: until then the
     * application's UPDATE and DELETE are refused. Cheap: one query, which usually finds none.
     *
     * @return the tables that were taken out
     */
    public List<TableName> leaveOutUnidentified() {
        if (postgres.serverVersion() < 100000) {
            return List.of();
        }
        try {
            Optional<Publication> ours = find(all).filter(Publication::ours);
            if (ours.isEmpty()) {
                return List.of();
            }
            Map<Integer, TableName> unidentified = tables("r.prrelid IS NOT NULL AND NOT (" + identified() + ")");
            alter(all, "DROP", unidentified.keySet());
            return List.copyOf(unidentified.values());
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be changed, name=" + all);
        }
    }

    /** PostgreSQL 18 also refuses UPDATE and DELETE where the identity has a generated column, which we do not publish. */
    private String identified() {
        return postgres.serverVersion() >= GENERATED
                ? "(" + IDENTIFIED + " AND " + Catalog.publishable(postgres.serverVersion(), false) + ")"
                : IDENTIFIED;
    }

    /**
     * Makes every walsender look the publication up again. One that decodes a transaction that is older than the last
     * change of the publication remembers what was true then (until the releases of May 2025, and for ever up to 12).
     */
    public void refresh() {
        try {
            publishAll();
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be changed, name=" + all);
        }
    }

    /** Has ours publish what they are to publish, whatever was made of them: {@link PublicationPlaces#areTampered} is false then. */
    public void restore() {
        try {
            publishAll();
            if (findOurs(inserts).isPresent()) {
                publishInserts();
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be changed, names=" + all + "," + inserts);
        }
    }

    private void publishInserts() throws SQLException {
        change(inserts, "SET" + insertsOnly().replace(" WITH", ""));
    }

    private void publishAll() throws SQLException {
        change(all, "SET (publish = 'insert, update, delete" + (hasTruncate() ? ", truncate')" : "')"));
    }

    /** Whether the inserts of a table that is created from now on are published from its first row on. */
    public boolean publishesInsertsOfNewTables() {
        try {
            return postgres.serverVersion() >= 100000
                    && find(inserts)
                            .filter(Publication::ours)
                            .map(Publication::allTables)
                            .orElse(false);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be looked up, name=" + inserts);
        }
    }

    /** The OIDs of those tables that {@link #ensure} would add to the publication of updates. */
    public Set<Integer> toBeAdded(Collection<Table> captured) {
        try {
            Optional<Publication> ours = findOurs(all);
            Set<Integer> added =
                    captured.stream().filter(Table::hasIdentity).map(Table::oid).collect(Collectors.toSet());
            if (ours.isPresent()) {
                added.removeAll(members(ours.get()));
            }
            return added;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be looked up, name=" + all);
        }
    }

    /** {@code r} is the table's place in our publication of updates, if it has one. */
    private Map<Integer, TableName> tables(String condition) throws SQLException {
        String sql = "SELECT c.oid::int8, n.nspname, c.relname FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " LEFT JOIN pg_publication_rel r ON r.prrelid = c.oid"
                + " AND r.prpubid = (SELECT oid FROM pg_publication WHERE pubname = ?)"
                + " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= 16384"
                + " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND " + condition;
        Map<Integer, TableName> tables = new HashMap<>();
        try (PreparedStatement statement = postgres.jdbc().prepareStatement(sql)) {
            statement.setString(1, all);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    tables.put((int) row.getLong(1), new TableName(row.getString(2), row.getString(3)));
                }
            }
        }
        return tables;
    }

    /** What is in a publication that the user made; an error names the ones that exist if there is none such. */
    public Map<TableName, PublishedPart> validate(String publication) {
        if (postgres.serverVersion() < 100000) {
            throw new ConfigurationException("publication: needs PostgreSQL 10, server=" + postgres.serverVersionText()
                    + ". Use --plugin=test_decoding");
        }
        try {
            if (find(publication).isEmpty()) {
                throw new ConfigurationException("publication: does not exist, publication=" + publication
                        + " database="
                        + postgres.database() + " existing=" + strings("SELECT pubname FROM pg_publication ORDER BY 1")
                        + ". Create it, or leave --publication out");
            }
            if (publishesRoots(publication)) {
                throw new ConfigurationException("publication: publishes partitioned tables as their root, which is not"
                        + " supported, publication=" + publication + ". Run: ALTER PUBLICATION "
                        + Sessions.identifier(publication) + " SET (publish_via_partition_root = false)");
            }
            return contents(publication);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be looked up, publication=" + publication);
        }
    }

    /** Whether the updates of its tables are in a publication that the user made. */
    public boolean publishesUpdates(String publication) {
        try {
            return strings("SELECT pubname FROM pg_publication WHERE pubupdate").contains(publication);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be looked up, publication=" + publication);
        }
    }

    private Map<TableName, PublishedPart> contents(String publication) throws SQLException {
        boolean parts = postgres.serverVersion() >= PARTS;
        // All columns are no list: a column that is added later is published as well.
        String generated =
                postgres.serverVersion() >= GENERATED ? "p.pubgencols = 's' OR r.prattrs IS NOT NULL" : "false";
        String sql = "SELECT t.schemaname, t.tablename, "
                + (parts
                        ? "coalesce(t.rowfilter, ''), CASE WHEN r.prattrs IS NOT NULL THEN t.attnames::text[] END, "
                                + generated
                                + " FROM pg_publication_tables t JOIN pg_publication p ON p.pubname = t.pubname"
                                + " JOIN pg_namespace n ON n.nspname = t.schemaname"
                                + " JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename"
                                + " LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid"
                        : "'', NULL::text[], false FROM pg_publication_tables t")
                + " WHERE t.pubname = ?";
        Map<TableName, PublishedPart> contents = new TreeMap<>();
        try (PreparedStatement statement = postgres.jdbc().prepareStatement(sql)) {
            statement.setString(1, publication);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Array columns = row.getArray(4);
                    contents.put(
                            new TableName(row.getString(1), row.getString(2)),
                            new PublishedPart(
                                    columns == null ? Set.of() : Set.of((String[]) columns.getArray()),
                                    row.getString(3),
                                    row.getBoolean(5)));
                }
            }
        }
        return contents;
    }

    private boolean publishesRoots(String publication) throws SQLException {
        return postgres.serverVersion() >= 130000
                && strings("SELECT pubname FROM pg_publication WHERE pubviaroot")
                        .contains(publication);
    }

    private Optional<Publication> findOurs(String name) throws SQLException {
        Optional<Publication> found = find(name);
        if (found.isPresent() && !found.get().ours()) {
            throw new ConfigurationException(
                    "publication: one of this name exists that bottledwater did not make," + " publication=" + name
                            + ". Choose another --slot, or use it as it is with --publication=" + name);
        }
        return found;
    }

    private Optional<Publication> find(String name) throws SQLException {
        String sql = "SELECT oid::int8, puballtables, pubupdate OR pubdelete, "
                + (hasTruncate() ? "pubtruncate" : "true")
                + ", coalesce(obj_description(oid, 'pg_publication'), '') FROM pg_publication WHERE pubname = ?";
        try (PreparedStatement statement = postgres.jdbc().prepareStatement(sql)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                return Optional.of(new Publication(
                        row.getLong(1),
                        row.getBoolean(2),
                        row.getBoolean(3),
                        row.getBoolean(4),
                        row.getString(5).startsWith(MARK)));
            }
        }
    }

    private Set<Integer> members(Publication publication) throws SQLException {
        Set<Integer> oids = new HashSet<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT prrelid::int8 FROM pg_publication_rel WHERE prpubid = " + publication.oid())) {
            while (row.next()) {
                oids.add((int) row.getLong(1));
            }
        }
        return oids;
    }

    private void alter(String publication, String verb, Set<Integer> oids) throws SQLException {
        List<Integer> ordered = oids.stream().sorted().toList();
        for (int from = 0; from < ordered.size(); from += BATCH) {
            List<Integer> batch = ordered.subList(from, Math.min(from + BATCH, ordered.size()));
            // By their names of this moment; whoever was dropped meanwhile is in no publication any more.
            List<String> names =
                    strings("SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c"
                            + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN (" + TypeLoader.list(batch)
                            + ")");
            if (!names.isEmpty()) {
                alterOnce("ALTER PUBLICATION " + Sessions.identifier(publication) + " " + verb + " TABLE ONLY "
                        + String.join(", ONLY ", names));
            }
        }
    }

    /** Somebody else may just have taken out or dropped one of the tables: then it is looked at again. */
    private void alterOnce(String sql) throws SQLException {
        try {
            execute(sql);
        } catch (SQLException e) {
            boolean overtaken = "42704".equals(e.getSQLState()) || SqlErrors.isNameGone(e);
            throw overtaken ? new SQLTransientException(e.getMessage(), OVERTAKEN, e) : e;
        }
    }

    /** The mark comes with the publication or not at all: in one transaction. */
    private void create(String name, String rest) throws SQLException {
        execute("BEGIN; CREATE PUBLICATION " + Sessions.identifier(name) + rest + "; " + mark(name) + "; COMMIT");
    }

    /** The mark is written again with it: {@link PublicationPlaces#areTampered}. */
    private void change(String name, String what) throws SQLException {
        execute("BEGIN; ALTER PUBLICATION " + Sessions.identifier(name) + " " + what + "; " + mark(name) + "; COMMIT");
    }

    private String mark(String name) {
        return "COMMENT ON PUBLICATION " + Sessions.identifier(name) + " IS "
                + Sessions.literal(MARK + " for its slot " + all);
    }

    private String insertsOnly() {
        return " WITH (publish = '" + (hasTruncate() ? "insert, truncate" : "insert") + "')";
    }

    private boolean hasTruncate() {
        return postgres.serverVersion() >= 110000;
    }

    private boolean isSuperuser() throws SQLException {
        return strings("SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user")
                .contains("true");
    }

    private List<String> strings(String sql) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                strings.add(row.getString(1));
            }
        }
        return strings;
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = postgres.jdbc().createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            if (sql.startsWith("BEGIN")) {
                try (Statement statement = postgres.jdbc().createStatement()) {
                    statement.execute("ROLLBACK");
                }
            }
            throw e;
        }
    }
}
