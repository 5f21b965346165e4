package org.bottledwater.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.bottledwater.change.Lsn;

/** A snapshot of the database as it is now, which other connections can import until this is closed. */
public final class SnapshotExport implements AutoCloseable {
    private final Postgres postgres;
    private final String name;
    private final long lsn;

    private SnapshotExport(Postgres postgres, String name, long lsn) {
        this.postgres = postgres;
        this.name = name;
        this.lsn = lsn;
    }

    public static SnapshotExport open(PostgresAddress address) {
        Postgres postgres = Postgres.connect(address);
        String position =
                postgres.serverVersion() >= 100000 ? "pg_current_wal_insert_lsn" : "pg_current_xlog_insert_location";
        try (Statement statement = postgres.jdbc().createStatement()) {
            statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            String name = string(statement, "SELECT pg_export_snapshot()");
            // Asked after the snapshot was taken: a commit that the snapshot sees was in the log before.
            long lsn = Lsn.parse(string(statement, "SELECT " + position + "()::text"));
            return new SnapshotExport(postgres, name, lsn);
        } catch (SQLException e) {
            postgres.close();
            throw SqlErrors.translate(e, "snapshot: cannot be exported, address=" + address);
        }
    }

    private static String string(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** For {@code SET TRANSACTION SNAPSHOT}. */
    public String name() {
        return name;
    }

    /** Everything that the snapshot sees had committed before this position. */
    public long lsn() {
        return lsn;
    }

    @Override
    public void close() {
        postgres.close();
    }
}
