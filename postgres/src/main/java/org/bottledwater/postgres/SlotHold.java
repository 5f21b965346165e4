package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A slot is in use while it is read, and nobody reads it between two stretches of a {@link BacklogReader}. So that
 * others see it as in use all the same, the reader's session holds an advisory lock (manual, "Advisory Locks") with the slot's name.
 */
final class SlotHold {
    /** The first version that has one; before it nobody reads in stretches. */
    static final int SINCE = BacklogReader.SINCE;

    /** Tells our locks from those of applications: "bwsl" in ASCII. */
    private static final int KIND = 0x6277_736C;

    private SlotHold() {}

    /** Takes it until the session ends. Returns false if another session has it. */
    static boolean take(Connection session, String slot) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT pg_try_advisory_lock(" + KIND + ", " + slot.hashCode() + ")")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /** SQL for the process that holds it, NULL for none. */
    static String holder(int serverVersion, String slot) {
        if (serverVersion < SINCE) {
            return "NULL::integer";
        }
        return "(SELECT max(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted"
                + " AND l.classid = " + KIND + " AND l.objid = " + Integer.toUnsignedString(slot.hashCode())
                + " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    }
}
