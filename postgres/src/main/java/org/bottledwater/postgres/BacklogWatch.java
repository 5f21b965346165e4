package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out that what a session waits for can not come any more, behind a network that has forgotten the connection and tells
 * neither side. A statement gives no signs of life as a walsender does, and may rightly take minutes: so another session looks now and
 * then whether the server still works on it (manual, "pg_stat_activity"). If it has nothing to do, or waits for us to take what it has,
 * while nothing comes here, the connection is dead.
 */
final class BacklogWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BacklogWatch.class);

    private final PostgresAddress address;
    private final Worker worker;
    private final Duration silence;
    private final Supplier<Optional<Wait>> wait;
    private final Runnable dead;
    private final CountDownLatch over = new CountDownLatch(1);

    /**
     * A wait for the server.
     *
     * @param since as {@link System#nanoTime} has it
     * @param bytes how many had come on the connection by now: of a long message some come, and it is not there yet
     */
    record Wait(long since, long bytes) {}

    /**
     * The server's process at the other end, told from another with its number.
     *
     * @param serverStarted when the server was: of several addresses another may answer the next time
     */
    record Worker(int pid, String started, String serverStarted) {
        static Worker of(Connection session) throws SQLException {
            try (Statement statement = session.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT pid, backend_start::text, pg_postmaster_start_time()::text"
                                    + " FROM pg_stat_activity WHERE pid = pg_backend_pid()")) {
                row.next();
                return new Worker(row.getInt(1), row.getString(2), row.getString(3));
            }
        }
    }

    private BacklogWatch(
            PostgresAddress address, Worker worker, Duration silence, Supplier<Optional<Wait>> wait, Runnable dead) {
        this.address = address;
        this.worker = worker;
        this.silence = silence;
        this.wait = wait;
        this.dead = dead;
    }

    /**
     * @param silence how long nothing has to come before it is looked, and then once more
     * @param wait for what the session waits now, if it does
     * @param dead what is to be done, on a thread of its own
     */
    static BacklogWatch begin(
            PostgresAddress address, Worker worker, Duration silence, Supplier<Optional<Wait>> wait, Runnable dead) {
        BacklogWatch watch = new BacklogWatch(address, worker, silence, wait, dead);
        Thread thread = new Thread(watch::run, "backlog-watch");
        thread.setDaemon(true);
        thread.start();
        return watch;
    }

    private void run() {
        try {
            Optional<Wait> suspect = Optional.empty();
            while (!over.await(silence.toMillis(), TimeUnit.MILLISECONDS)) {
                Optional<Wait> now = wait.get();
                boolean silent =
                        now.isPresent() && System.nanoTime() - now.get().since() >= silence.toNanos();
                if (!silent || isAtWork()) {
                    suspect = Optional.empty();
                } else if (suspect.equals(now)) {
                    dead.run();
                    return;
                } else {
                    suspect = now;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Also when it cannot be found out, as another server answers; one that was started since has nothing of ours. */
    private boolean isAtWork() {
        String sql = "SELECT (pg_postmaster_start_time()::text <> ? AND pg_postmaster_start_time() < ?::timestamptz)"
                + " OR EXISTS (SELECT FROM pg_stat_activity"
                + " WHERE pid = ? AND backend_start::text = ? AND state IS DISTINCT FROM 'idle'"
                + " AND wait_event IS DISTINCT FROM 'ClientWrite')";
        try (Connection session = Sessions.sql(address);
                PreparedStatement statement = session.prepareStatement(sql)) {
            statement.setString(1, worker.serverStarted());
            statement.setString(2, worker.started());
            statement.setInt(3, worker.pid());
            statement.setString(4, worker.started());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        } catch (SQLException | RuntimeException e) {
            log.debug("backlog: cannot look at process {}", worker.pid(), e);
            return true;
        }
    }

    @Override
    public void close() {
        over.countDown();
    }
}
