package org.bottledwater.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.RowHandler;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Type;
import org.bottledwater.postgres.wire.CopyBinaryDecoder;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** Reads tables as an exported snapshot sees them. One thread at a time; only {@link #close} may come from another. */
public final class SnapshotReader implements AutoCloseable {
    /** A range may have nothing but dead rows, of which nothing comes while the server reads it. */
    private static final Duration OF_RANGE = Duration.ofMinutes(2);

    /** So may a table, and what of it goes to its end: it may have grown a lot. */
    private static final Duration OF_TABLE = Duration.ofMinutes(15);

    private final Postgres postgres;
    private final Duration silence;
    private final String snapshotName;
    private final Catalog catalog;
    private final CopyQuery query;
    private final AtomicReference<@Nullable Thread> busy = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private SnapshotReader(Postgres postgres, String snapshotName, Duration silence) {
        this.postgres = postgres;
        this.snapshotName = snapshotName;
        this.silence = silence;
        this.catalog = new Catalog(postgres);
        this.query = new CopyQuery(postgres.jdbc());
    }

    /** @throws ConnectionException also when the snapshot is gone because the connection that exported it is */
    public static SnapshotReader open(PostgresAddress address, String snapshotName) {
        return open(address, snapshotName, OF_RANGE);
    }

    /** @param silence for how long nothing may come of a range that is being copied */
    static SnapshotReader open(PostgresAddress address, String snapshotName, Duration silence) {
        Postgres postgres = Postgres.connect(address);
        try (Statement statement = postgres.jdbc().createStatement()) {
            // The usual ten seconds are for locks that others would wait behind; nobody waits behind a reader.
            statement.execute("SET lock_timeout = '60s'");
            Sessions.silence(postgres.jdbc(), OF_RANGE);
            // Two readings of the same blocks under one snapshot give the rows in the same order.
            statement.execute("SET synchronize_seqscans = off");
            if (postgres.serverVersion() >= 90600) {
                statement.execute("SET max_parallel_workers_per_gather = 0");
            }
            if (postgres.serverVersion() >= 90500) {
                // A policy that hides rows from this role must be an error, not a copy that lacks them.
                statement.execute("SET row_security = off");
            }
        } catch (SQLException e) {
            postgres.close();
            throw SqlErrors.translate(e, "snapshot: cannot be read");
        }
        SnapshotReader reader = new SnapshotReader(postgres, snapshotName, silence);
        try {
            reader.begin("");
            return reader;
        } catch (RuntimeException e) {
            postgres.close();
            throw e;
        }
    }

    /**
     * Lets go of the locks on the tables that were read, of which a server has a limited number, and begins again with
     * the same snapshot.
     *
     * @throws ConnectionException also when the snapshot is gone because the connection that exported it is
     */
    public void renew() {
        begin("COMMIT; ");
    }

    private void begin(String before) {
        try (Statement statement = postgres.jdbc().createStatement()) {
            statement.execute(before + "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT "
                    + Sessions.literal(snapshotName));
        } catch (SQLException e) {
            if ("22023".equals(e.getSQLState()) || "42704".equals(e.getSQLState())) {
                throw new ConnectionException(
                        "snapshot: is gone, as the connection that exported it is, snapshot=" + snapshotName
                                + " reason=" + SqlErrors.reason(e),
                        e);
            }
            throw SqlErrors.translate(e, "snapshot: cannot be read, snapshot=" + snapshotName);
        }
    }

    /** Which transactions the snapshot sees: {@code xmin:xmax:xip_list} (manual, "txid_snapshot"). */
    public String visibleTransactions() {
        return postgres.visibleTransactions();
    }

    /**
     * Keeps the table as it is until the reader is closed or renewed, and makes sure that it still is as it was listed:
     * an old snapshot sees a table that was rewritten since as an empty one (manual, "Caveats" of MVCC).
     *
     * @throws ConnectionException if it was rewritten, renamed or dropped: the tables have to be listed anew
     */
    public void requireUnchanged(Table table) {
        busy.set(Thread.currentThread());
        try (Statement statement = postgres.jdbc().createStatement()) {
            statement.execute("LOCK TABLE ONLY " + table.name().quoted() + " IN ACCESS SHARE MODE");
            // These functions show what is now, whatever the snapshot sees; a view has no file.
            try (ResultSet row = statement.executeQuery("SELECT coalesce(pg_relation_filenode("
                    + Integer.toUnsignedString(table.oid()) + "::oid), 0)::int8, coalesce(to_regclass("
                    + Sessions.literal(table.name().quoted()) + "), 0)::oid::int8")) {
                row.next();
                if ((int) row.getLong(2) != table.oid()) {
                    throw new ConnectionException(
                            "snapshot: another table has the name now, table=" + table.name(), new SQLException());
                }
                if ((int) row.getLong(1) != table.fileNode()) {
                    throw new ConnectionException(
                            "snapshot: the table was rewritten just now, table=" + table.name(), new SQLException());
                }
            }
        } catch (SQLException e) {
            throw failure(e, "snapshot: cannot lock, table=" + table.name(), table.name());
        } finally {
            busy.set(null);
        }
    }

    /**
     * As {@link #requireUnchanged}, of a table that may be gone for good.
     *
     * @return false if it was dropped
     */
    public boolean lockIfThere(Table table) {
        try {
            requireUnchanged(table);
            return true;
        } catch (ConnectionException e) {
            if (!(e.getCause() instanceof SQLException cause && SqlErrors.isNameGone(cause))) {
                throw e;
            }
            renew();
            if (!isDropped(table)) {
                throw e;
            }
            return false;
        }
    }

    /** Not what the snapshot shows: what is there now. */
    private boolean isDropped(Table table) {
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT pg_relation_filenode(" + Integer.toUnsignedString(table.oid()) + "::oid) IS NULL")) {
            row.next();
            return row.getBoolean(1);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "snapshot: cannot look for a table, table=" + table.name());
        }
    }

    /** Within the snapshot's transaction. */
    public Catalog catalog() {
        return catalog;
    }

    /**
     * Reads the rows of {@code range}; columns whose type is not {@code readsBinary} come in text form. A reader whose
     * copy failed is of no use any more. Ranges other than the whole are cheap from PostgreSQL 14 on.
     *
     * @return how many rows there were
     */
    public long copy(Relation relation, BlockRange range, Predicate<Type> readsBinary, RowHandler handler) {
        return copy(relation, Selection.of(range), readsBinary, handler);
    }

    /** As the other, for a part of the rows. */
    public long copy(Relation relation, Selection selection, Predicate<Type> readsBinary, RowHandler handler) {
        busy.set(Thread.currentThread());
        try {
            Sessions.silence(postgres.jdbc(), selection.range().hasEnd() ? silence : OF_TABLE);
            boolean[] asText = query.asText(relation.columns(), readsBinary);
            String sql = "COPY (SELECT " + query.columns(relation.columns(), asText) + " FROM ONLY "
                    + relation.name().quoted() + selection.where() + ") TO STDOUT (FORMAT binary)";
            return run(sql, new CopyBinaryDecoder(relation, asText), handler);
        } catch (SQLException e) {
            throw failure(e, "snapshot: cannot copy, table=" + relation, relation.name());
        } finally {
            busy.set(null);
        }
    }

    private long run(String sql, CopyBinaryDecoder decoder, RowHandler handler) throws SQLException {
        CopyOut copy = RawText.copyOut(postgres.jdbc(), sql);
        boolean complete = false;
        try {
            byte[] data = copy.readFromCopy();
            while (data != null) {
                decoder.data(data, 0, data.length, handler);
                data = copy.readFromCopy();
            }
            decoder.end();
            RawText.back(postgres.jdbc());
            complete = true;
            return copy.getHandledRowCount();
        } finally {
            if (!complete) {
                postgres.abort();
            }
        }
    }

    private RuntimeException failure(SQLException e, String what, TableName table) {
        if (closed.get()) {
            return new ConnectionException("snapshot: reader was closed while it read, table=" + table, e);
        }
        // No such table, schema or column, or something else that is no table.
        if (SqlErrors.isNameGone(e) || List.of("42703", "42809").contains(String.valueOf(e.getSQLState()))) {
            return new ConnectionException(what + " reason=" + SqlErrors.reason(e) + ": changed just now", e);
        }
        if ("42501".equals(e.getSQLState()) && SqlErrors.reason(e).contains("row-level security")) {
            return new ConfigurationException(
                    what + " reason=" + SqlErrors.reason(e) + ". Run: ALTER ROLE "
                            + Sessions.identifier(postgres.address().user())
                            + " BYPASSRLS, or leave the table out with --tables",
                    e);
        }
        if ("42501".equals(e.getSQLState())) {
            return new ConfigurationException(
                    what + " reason=" + SqlErrors.reason(e) + ". Run: GRANT USAGE ON SCHEMA "
                            + Sessions.identifier(table.schema()) + " TO "
                            + Sessions.identifier(postgres.address().user()) + "; GRANT SELECT ON "
                            + table.quoted() + " TO "
                            + Sessions.identifier(postgres.address().user()),
                    e);
        }
        return SqlErrors.translate(e, what);
    }

    /** Ends what another thread is in, a copy or the wait for a lock: that thread then gets an exception. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        Thread thread = busy.get();
        if (thread != null && thread != Thread.currentThread()) {
            try {
                // So that the server does not go on, or wait for a lock, for a client that has left.
                postgres.jdbc().unwrap(PGConnection.class).cancelQuery();
            } catch (SQLException e) {
                // Then the server finds out by itself.
            }
            postgres.abort();
        } else {
            postgres.close();
        }
    }
}
