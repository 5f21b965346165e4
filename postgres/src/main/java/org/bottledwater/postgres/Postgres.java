package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;

/** An ordinary SQL session. One thread at a time. */
public final class Postgres implements AutoCloseable {
    /** {@code undefined_file}. */
    private static final String NO_FILE = "58P01";

    private final PostgresAddress address;
    private final Connection connection;
    private final int serverVersion;
    private final String serverVersionText;
    private String systemIdentifier = "";
    private Timeline timeline = new Timeline(0, List.of());

    private Postgres(PostgresAddress address, Connection connection, int serverVersion, String serverVersionText) {
        this.address = address;
        this.connection = connection;
        this.serverVersion = serverVersion;
        this.serverVersionText = serverVersionText;
    }

    /**
     * @throws ConnectionException when no server answers
     * @throws org.bottledwater.change.ConfigurationException when one answers and refuses
     */
    public static Postgres connect(PostgresAddress address) {
        Connection connection = Sessions.sql(address);
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT current_setting('server_version_num')::integer,"
                        + " current_setting('server_version')")) {
            result.next();
            return new Postgres(address, connection, result.getInt(1), result.getString(2));
        } catch (SQLException e) {
            Sessions.closeQuietly(connection);
            throw SqlErrors.translate(e, "server version: cannot be read, address=" + address);
        }
    }

    /** {@code server_version_num}: 150019 for 15.19, 90624 for 9.6.24. */
    public int serverVersion() {
        return serverVersion;
    }

    /** As the server prints it: {@code 15.19 (Debian 15.19-1)}. */
    public String serverVersionText() {
        return serverVersionText;
    }

    /** A server setting, as SHOW prints it. */
    public String setting(String name) {
        try (PreparedStatement statement = connection.prepareStatement("SELECT current_setting(?)")) {
            statement.setString(1, name);
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                return result.getString(1);
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "setting: cannot be read, name=" + name);
        }
    }

    /** Which transactions this session sees: {@code xmin:xmax:xip_list} (manual, "txid_snapshot"). */
    public String visibleTransactions() {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT txid_current_snapshot()::text")) {
            row.next();
            return inOrder(row.getString(1));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "transactions: cannot be read, address=" + address);
        }
    }

    /**
     * A snapshot that a new slot exports may have its {@code xmin} behind its {@code xmax}, which PostgreSQL itself does not take
     * for one: everything below {@code xmin} has ended, so that is where it ends, too.
     */
    static String inOrder(String snapshot) {
        String[] parts = snapshot.split(":", -1);
        boolean isInOrder = parts.length != 3 || Long.parseLong(parts[0]) <= Long.parseLong(parts[1]);
        return isInOrder ? snapshot : parts[0] + ":" + parts[0] + ":" + parts[2];
    }

    /** Tells database clusters apart; a standby has its primary's. Needs the right to replicate. */
    public String systemIdentifier() {
        identifySystem();
        return systemIdentifier;
    }

    /** As of the first time that it is asked. Needs the right to replicate. */
    public Timeline timeline() {
        identifySystem();
        return timeline;
    }

    public String database() {
        return address.database();
    }

    /** How many fraction digits {@code money} has here: {@code lc_monetary} decides (manual, "Monetary Types"). */
    public int moneyFraction() {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1::money::numeric::text")) {
            row.next();
            String one = row.getString(1);
            return one.indexOf('.') < 0 ? 0 : one.length() - one.indexOf('.') - 1;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "money: its fraction digits cannot be read, address=" + address);
        }
    }

    /** Whether it follows another server: nothing can be written to it, a publication for instance. */
    public boolean isStandby() {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            result.next();
            return result.getBoolean(1);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "recovery: cannot be asked, address=" + address);
        }
    }

    /** How far the log is written, or on a standby replayed. */
    public long currentWalLsn() {
        return walLsn("pg_current_wal_lsn", "pg_current_xlog_location");
    }

    /**
     * Where the WAL ends, also what the server has not written out yet, or on a standby replayed. The position of a snapshot may
     * be ahead of {@link #currentWalLsn} for a while.
     */
    public long walEnd() {
        return walLsn("pg_current_wal_insert_lsn", "pg_current_xlog_insert_location");
    }

    private long walLsn(String name, String nameBefore10) {
        String function = serverVersion >= 100000
                ? "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE " + name + "() END"
                : "CASE WHEN pg_is_in_recovery() THEN pg_last_xlog_replay_location() ELSE " + nameBefore10 + "() END";
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT (" + function + ")::text")) {
            result.next();
            return Lsn.parse(result.getString(1));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "log position: cannot be read, address=" + address);
        }
    }

    /**
     * Has the server write a commit record, and with it out to disk what stands before it in the log: a position that a
     * still open transaction has reached may otherwise wait in memory, unseen by a stream. Costs a transaction number.
     */
    public void flushLog() {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE txid_current() END");
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "log: cannot be flushed, address=" + address);
        }
    }

    /** From now on a server that does not answer for so long counts as away. */
    public void limitWaits(Duration longest) {
        try {
            connection.setNetworkTimeout(Runnable::run, (int) longest.toMillis());
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "session: cannot be limited, address=" + address);
        }
    }

    /** Cuts the session off, also from a thread that waits for an answer, which then fails. Any thread. */
    public void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            Sessions.closeQuietly(connection);
        }
    }

    PostgresAddress address() {
        return address;
    }

    Connection jdbc() {
        return connection;
    }

    private void identifySystem() {
        if (!systemIdentifier.isEmpty()) {
            return;
        }
        try (Connection walsender = Sessions.replication(address);
                Statement statement = walsender.createStatement();
                ResultSet result = statement.executeQuery("IDENTIFY_SYSTEM")) {
            result.next();
            int id = result.getInt("timeline");
            String identifier = result.getString("systemid");
            timeline = id == 1 ? new Timeline(id, List.of()) : Timeline.of(id, history(walsender, id));
            systemIdentifier = identifier;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "IDENTIFY_SYSTEM: refused, address=" + address);
        }
    }

    /** Empty if the server has lost it: then nothing is known of what was before. */
    private static String history(Connection walsender, int timeline) throws SQLException {
        try (Statement statement = walsender.createStatement();
                ResultSet result = statement.executeQuery("TIMELINE_HISTORY " + timeline)) {
            result.next();
            return result.getString("content");
        } catch (SQLException e) {
            if (NO_FILE.equals(e.getSQLState())) {
                return "";
            }
            throw e;
        }
    }

    @Override
    public void close() {
        Sessions.closeQuietly(connection);
    }
}
