package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a slot being made, which waits for every transaction that runs: says whose it is, since that person can end
 * it, and gives up when the waiting thread is interrupted, as the driver does not, or when the server waits for nobody.
 *
 * <p>Before 9.4.13, 9.5.8 and 9.6.4 a server waits for ever for a transaction that ends while it looks which ones run. Under
 * many small transactions that is one creation in five.
 */
final class SlotWait implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SlotWait.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration FIRST_WORD = Duration.ofSeconds(3);
    private static final Duration NEXT_WORD = Duration.ofSeconds(60);

    /** When it is asked first who is in the way: the server has looked by then. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(2);

    /** By when the slot is made after all those have ended. */
    private static final Duration HUNG_AFTER = Duration.ofSeconds(5);

    private final String slot;
    private final Connection walsender;
    private final int walsenderPid;
    private final Connection session;
    private final boolean mayHang;
    private final Thread waiting = Thread.currentThread();
    private final Thread watcher;
    private volatile boolean hung;

    /** @param session a connection that is used from the watching thread alone until {@link #close} */
    SlotWait(String slot, Connection walsender, Connection session, int serverVersion) throws SQLException {
        this.slot = slot;
        this.mayHang = mayHang(serverVersion);
        this.walsender = walsender;
        this.walsenderPid = walsender.unwrap(PGConnection.class).getBackendPID();
        this.session = session;
        this.watcher = new Thread(this::watch, "slot-wait");
        watcher.setDaemon(true);
        watcher.start();
    }

    /** @param serverVersion as in {@code server_version_num} */
    static boolean mayHang(int serverVersion) {
        int minor = serverVersion % 100;
        return switch (serverVersion / 100) {
            case 904 -> minor < 13;
            case 905 -> minor < 8;
            case 906 -> minor < 4;
            default -> false;
        };
    }

    /** Whether the server was waiting for nobody, so that it is worth to try again. */
    boolean isHung() {
        return hung;
    }

    private void watch() {
        long begun = System.nanoTime();
        long nextWord = begun + FIRST_WORD.toNanos();
        @Nullable Set<String> inTheWay = null;
        try {
            while (true) {
                Thread.sleep(LOOK.toMillis());
                if (waiting.isInterrupted()) {
                    terminate();
                    return;
                }
                long waited = System.nanoTime() - begun;
                if (mayHang && inTheWay == null && waited >= FIRST_LOOK.toNanos()) {
                    inTheWay = transactions();
                } else if (inTheWay != null
                        && waited >= FIRST_LOOK.plus(HUNG_AFTER).toNanos()) {
                    inTheWay.retainAll(transactions());
                    if (inTheWay.isEmpty()) {
                        hung = true;
                        terminate();
                        return;
                    }
                }
                if (System.nanoTime() - nextWord >= 0) {
                    report();
                    nextWord = System.nanoTime() + NEXT_WORD.toNanos();
                }
            }
        } catch (InterruptedException e) {
            // The slot is made, or has failed: nothing to watch any more.
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            // Who waits may have been stopped, and this session closed for it.
            if (!waiting.isInterrupted()) {
                LOG.warn("slot creation cannot be watched: slot={} reason={}", slot, SqlErrors.reason(e));
            }
            if (SqlErrors.isConnection(e)) {
                giveUp();
            }
        }
    }

    /** What cut off this session has cut off the other as well, where nobody would notice. */
    private void giveUp() {
        try {
            walsender.abort(Runnable::run);
        } catch (SQLException e) {
            Sessions.closeQuietly(walsender);
        }
    }

    /** A walsender before PostgreSQL 10 takes no notice of a cancel request. */
    private void terminate() throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(" + walsenderPid + ")");
        }
    }

    /** The numbers of those that run, prepared ones among them. */
    private Set<String> transactions() throws SQLException {
        Set<String> numbers = new HashSet<>();
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT transactionid::text FROM pg_locks WHERE locktype = 'transactionid' AND granted")) {
            while (row.next()) {
                numbers.add(row.getString(1));
            }
        }
        return numbers;
    }

    private void report() throws SQLException {
        String sql = "SELECT h.pid, coalesce(extract(epoch FROM clock_timestamp() - a.xact_start)::int8, 0),"
                + " coalesce(a.usename, ''), coalesce(a.state, ''), h.transactionid::text"
                + " FROM pg_locks w JOIN pg_locks h ON h.locktype = 'transactionid'"
                + " AND h.transactionid = w.transactionid AND h.granted"
                + " LEFT JOIN pg_stat_activity a ON a.pid = h.pid"
                + " WHERE w.pid = ? AND w.locktype = 'transactionid' AND NOT w.granted";
        try (PreparedStatement statement = session.prepareStatement(sql)) {
            statement.setInt(1, walsenderPid);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    if (row.getInt(1) == 0) {
                        LOG.warn(
                                "slot creation waits for a prepared transaction: slot={} transaction={}."
                                        + " See pg_prepared_xacts; end it with COMMIT PREPARED or ROLLBACK PREPARED",
                                slot,
                                row.getString(5));
                    } else {
                        LOG.warn(
                                "slot creation waits for a transaction to end: slot={} pid={} age={}s user={} state={}."
                                        + " If it is forgotten, run: SELECT pg_terminate_backend({})",
                                slot,
                                row.getInt(1),
                                row.getLong(2),
                                row.getString(3),
                                row.getString(4),
                                row.getInt(1));
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
        boolean interrupted = false;
        while (watcher.isAlive()) {
            try {
                watcher.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
