package org.bottledwater.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bottledwater.change.TableName;

/**
 * What a server has to spare and what stands in a copy's way, for a person who wants to know before the first run. Asks
 * only, and takes no lock that others would notice. One thread at a time.
 */
public final class Inspection {
    private static final int ROW_SECURITY = 90500;
    private static final int WAL_LIMIT = 130000;

    /** A table with less than this in TOAST is hardly ever read again for an unchanged value. */
    private static final long MUCH_TOAST_BYTES = 1 << 20;

    /** The server cuts longer ones off. */
    private static final int NAME_BYTES = 63;

    private final Postgres postgres;

    public Inspection(Postgres postgres) {
        this.postgres = postgres;
    }

    /** How many there are of something, and how many there may be. */
    public record Use(int used, int limit) {
        public boolean isFull() {
            return used >= limit;
        }
    }

    /** A transaction that has written and is not over; {@code pid} is 0 for a prepared one. */
    public record OpenTransaction(int pid, String name, long ageSeconds) {}

    /** What a copy would read: heap and TOAST, and an estimate of the rows. */
    public record Volume(long bytes, long rows) {}

    /** {@code max_replication_slots}. */
    public Use slots() {
        return use("(SELECT count(*) FROM pg_replication_slots)", "max_replication_slots");
    }

    /** {@code max_wal_senders}. */
    public Use walSenders() {
        return use("(SELECT count(*) FROM pg_stat_replication)", "max_wal_senders");
    }

    private Use use(String count, String limit) {
        return ask(
                        "SELECT " + count + ", current_setting('" + limit + "')",
                        row -> new Use(row.getInt(1), row.getInt(2)))
                .get(0);
    }

    /** Whether the log that a slot keeps is without limit ({@code max_slot_wal_keep_size}, from PostgreSQL 13 on). */
    public boolean keepsWalWithoutLimit() {
        return walKeepLimitBytes() < 0;
    }

    /** That limit; negative for none. */
    public long walKeepLimitBytes() {
        return postgres.serverVersion() < WAL_LIMIT
                ? -1
                : ask(
                                "SELECT setting::int8 * 1024 * 1024 FROM pg_settings"
                                        + " WHERE name = 'max_slot_wal_keep_size'",
                                row -> row.getLong(1))
                        .get(0);
    }

    /** Whether that limit can be set at all. */
    public boolean canLimitWal() {
        return postgres.serverVersion() >= WAL_LIMIT;
    }

    /** Whether there is such a role, and this one is not a member of it. */
    public boolean lacksRole(String role) {
        return ask(
                        "SELECT NOT pg_has_role(oid, 'USAGE') FROM pg_roles WHERE rolname = " + Sessions.literal(role),
                        row -> row.getBoolean(1))
                .contains(true);
    }

    /** Whether this role may CREATE PUBLICATION in this database. */
    public boolean mayCreateInDatabase() {
        return ask("SELECT has_database_privilege(current_database(), 'CREATE')", row -> row.getBoolean(1))
                .get(0);
    }

    /**
     * Transactions that have been open for longer: making a slot waits for them. Those of other users are seen by a
     * superuser and, from PostgreSQL 10 on, by members of {@code pg_monitor} only.
     */
    public List<OpenTransaction> openTransactions(Duration longer) {
        String old = " < clock_timestamp() - interval '" + longer.toSeconds() + " s'";
        return ask(
                "SELECT pid, coalesce(usename, '') || ' ' || coalesce(state, ''),"
                        + " extract(epoch FROM clock_timestamp() - xact_start)::int8 AS age FROM pg_stat_activity"
                        + " WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() AND xact_start" + old
                        + " UNION ALL SELECT 0, gid, extract(epoch FROM clock_timestamp() - prepared)::int8"
                        + " FROM pg_prepared_xacts WHERE prepared" + old + " ORDER BY age DESC",
                row -> new OpenTransaction(row.getInt(1), row.getString(2), row.getLong(3)));
    }

    /** How many sessions in this database have that name ({@code application_name}); this one is not counted. */
    public int sessions(String name) {
        return ask(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND pid <> pg_backend_pid() AND application_name = "
                                + Sessions.literal(name.substring(0, Math.min(name.length(), NAME_BYTES))),
                        row -> row.getInt(1))
                .get(0);
    }

    public Volume volume(Collection<Table> tables) {
        return new Volume(
                sizes(tables).values().stream().mapToLong(bytes -> bytes).sum(),
                tables.stream().mapToLong(Table::rows).sum());
    }

    /** Bytes on disk of each of these tables, large values included, by its OID. */
    public Map<Integer, Long> sizes(Collection<Table> tables) {
        Map<Integer, Long> sizes = new HashMap<>();
        if (!tables.isEmpty()) {
            ask(
                            "SELECT oid::int8, coalesce(pg_table_size(oid), 0)::int8 FROM pg_class WHERE oid IN ("
                                    + oids(tables) + ")",
                            row -> Map.entry((int) row.getLong(1), row.getLong(2)))
                    .forEach(table -> sizes.put(table.getKey(), table.getValue()));
        }
        return sizes;
    }

    /** Tables of which large values have to be read from the table when an update leaves them as they were. */
    public List<TableName> largeWithoutFullIdentity(Collection<Table> tables) {
        return named(
                tables,
                "c.relreplident <> 'f' AND c.reltoastrelid <> 0 AND pg_relation_size(c.reltoastrelid) > "
                        + MUCH_TOAST_BYTES);
    }

    /** Tables of which a policy hides rows from this role: they cannot be copied. */
    public List<TableName> rowSecurity(Collection<Table> tables) {
        return postgres.serverVersion() < ROW_SECURITY ? List.of() : named(tables, "row_security_active(c.oid)");
    }

    private List<TableName> named(Collection<Table> tables, String condition) {
        if (tables.isEmpty()) {
            return List.of();
        }
        return ask(
                "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE c.oid IN (" + oids(tables) + ") AND " + condition + " ORDER BY 1, 2",
                row -> new TableName(row.getString(1), row.getString(2)));
    }

    private static String oids(Collection<Table> tables) {
        return TypeLoader.list(tables.stream().map(Table::oid).toList());
    }

    private interface Reading<T> {
        T of(ResultSet row) throws SQLException;
    }

    private <T> List<T> ask(String sql, Reading<T> reading) {
        List<T> answers = new ArrayList<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                answers.add(reading.of(row));
            }
            return answers;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "inspection: the server cannot be asked, database=" + postgres.database());
        }
    }
}
