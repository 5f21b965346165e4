package org.bottledwater.postgres;

import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import javax.net.ssl.SSLException;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;

/** Turns what JDBC throws into one of two kinds: the server is away, or a person has to change something. */
final class SqlErrors {
    private SqlErrors() {}

    /** @param what was being done, as {@code what: name=value}; the reason is added to it */
    static RuntimeException translate(SQLException e, String what) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String message = what + " reason=" + reason(e) + advice(state, reason(e));
        return isAway(e, state) ? new ConnectionException(message, e) : new ConfigurationException(message, e);
    }

    /** The server's sentence alone; the driver appends position and routine on further lines. */
    static String reason(SQLException e) {
        String message = String.valueOf(e.getMessage()).strip();
        int newLine = message.indexOf('\n');
        return newLine < 0 ? message : message.substring(0, newLine);
    }

    private static boolean isAway(SQLException e, String state) {
        if (isRefusal(e.getCause()) || state.equals("08004") || state.equals("08P01")) {
            // The driver's own refusals (no password to give, certificate, SSL not offered) come as connection errors.
            return false;
        }
        return state.startsWith("08") // connection exceptions
                || state.startsWith("57P") // the server shuts down, starts up, or ended this session
                || state.equals("57014") // cancelled
                || (state.startsWith("53") && !state.equals("53400")) // disk, memory, connections; not slots
                || state.equals("58030") // the server's disk
                || state.equals("55P03") // a lock that somebody else holds
                || state.equals("55006") // a slot that somebody else reads
                || state.startsWith("40"); // deadlock, serialisation
    }

    /** One that broke in the middle of TLS's handshake is wrapped the same way as one that is refused for good. */
    private static boolean isRefusal(@Nullable Throwable cause) {
        return cause instanceof SSLException
                && !(cause.getCause() instanceof EOFException)
                && !(cause.getCause() instanceof SocketException)
                && !(cause.getCause() instanceof SocketTimeoutException);
    }

    /** Whether a table is not there by the name that was given, or its schema is not. */
    static boolean isNameGone(SQLException e) {
        return "42P01".equals(e.getSQLState()) || "3F000".equals(e.getSQLState());
    }

    /** Whether it is about the connection, and about nothing that was asked. */
    static boolean isConnection(SQLException e) {
        return e.getSQLState() != null && e.getSQLState().startsWith("08");
    }

    private static String advice(String state, String reason) {
        return switch (state) {
            case "28P01", "28000", "08004" ->
                ". Check user and password (PGPASSWORD, ~/.pgpass) and the server's" + " pg_hba.conf";
            case "3D000" -> ". Check the database's name";
            case "42501" ->
                reason.contains("replication")
                        ? ". As a superuser run: ALTER ROLE the_role REPLICATION"
                        : ". Ask the owner or a superuser to GRANT it";
            case "53300" -> ". Raise max_connections, or max_wal_senders for replication connections";
            case "53400" ->
                ". Raise max_replication_slots (and max_wal_senders) in postgresql.conf and restart the"
                        + " server, or drop a slot that nobody uses: SELECT pg_drop_replication_slot('name')";
            case "55000" ->
                reason.contains("wal_level")
                        ? ". Run: ALTER SYSTEM SET wal_level = logical, and restart the server"
                        : "";
            case "55006" -> ". Stop the other process that uses it";
            case "55P03" -> ". Another session holds a lock: see pg_locks, and try again when it has ended";
            case "58P01" ->
                reason.contains("WAL segment")
                        ? ""
                        : ". The server lacks the output plugin: use --plugin=test_decoding with PostgreSQL before"
                                + " 10, and install the server's contrib package for test_decoding";
            case "25006" -> ". This server is a standby: give the address of the primary";
            default -> "";
        };
    }
}
