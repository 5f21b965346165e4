package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.bottledwater.change.Lsn;

/** A temporary copy of a slot, which ends with its session (manual, "Replication Management Functions"). */
final class SlotCopy {
    /** The first version that copies slots. */
    static final int SINCE = 120000;

    private static final int HAS_FAILOVER_SLOTS = 170000;

    /** One for the copy, and one for whoever needs it. */
    private static final int FREE_SLOTS = 2;

    private SlotCopy() {}

    /**
     * Makes one that stands at {@code from}, as the slot does.
     *
     * @return why there is none; nothing if there is
     */
    static Optional<String> make(Connection session, StreamOptions options, String name, long from)
            throws SQLException {
        String slot = Sessions.literal(options.slot());
        try (Statement statement = session.createStatement()) {
            Optional<String> hindrance = hindrance(statement, options.serverVersion(), slot);
            if (hindrance.isPresent()) {
                return hindrance;
            }
            String copy = Sessions.literal(name);
            if (position(statement, slot, copy) == from) {
                return Optional.empty();
            }
            // The first releases of PostgreSQL 12 look for a position of the copy's own.
            statement.execute("SELECT pg_drop_replication_slot(" + copy + ")");
            return Optional.of("the copy does not stand where the slot does");
        }
    }

    private static long position(Statement statement, String slot, String copy) throws SQLException {
        try (ResultSet row = statement.executeQuery(
                "SELECT lsn::text FROM pg_copy_logical_replication_slot(" + slot + ", " + copy + ", true)")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    private static Optional<String> hindrance(Statement statement, int serverVersion, String slot) throws SQLException {
        String failover = serverVersion < HAS_FAILOVER_SLOTS
                ? "false"
                : "(SELECT failover FROM pg_replication_slots WHERE slot_name = " + slot + ")";
        try (ResultSet row = statement.executeQuery("SELECT " + failover
                + ", current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots)")) {
            row.next();
            if (row.getBoolean(1)) {
                return Optional.of("a failover slot waits for its standbys, and a copy would not");
            }
            return row.getInt(2) < FREE_SLOTS
                    ? Optional.of("max_replication_slots leaves " + row.getInt(2) + " free, at least " + FREE_SLOTS
                            + " are wanted; raise it for a faster backlog")
                    : Optional.empty();
        }
    }
}
