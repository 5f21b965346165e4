package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
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
    private final int serverPid;
    private final Duration silence;
    private final Supplier<OptionalLong> waitingSince;
    private final Runnable dead;
    private final CountDownLatch over = new CountDownLatch(1);

    private BacklogWatch(
            PostgresAddress address,
            int serverPid,
            Duration silence,
            Supplier<OptionalLong> waitingSince,
            Runnable dead) {
        this.address = address;
        this.serverPid = serverPid;
        this.silence = silence;
        this.waitingSince = waitingSince;
        this.dead = dead;
    }

    /**
     * @param serverPid the server's process at the other end of the session
     * @param silence how long nothing has to come before it is looked, and then once more
     * @param waitingSince since when, as {@link System#nanoTime} has it, the session waits for the server, if it does
     * @param dead what is to be done, on a thread of its own
     */
    static BacklogWatch begin(
            PostgresAddress address,
            int serverPid,
            Duration silence,
            Supplier<OptionalLong> waitingSince,
            Runnable dead) {
        BacklogWatch watch = new BacklogWatch(address, serverPid, silence, waitingSince, dead);
        Thread thread = new Thread(watch::run, "backlog-watch");
        thread.setDaemon(true);
        thread.start();
        return watch;
    }

    private void run() {
        try {
            OptionalLong suspect = OptionalLong.empty();
            while (!over.await(silence.toMillis(), TimeUnit.MILLISECONDS)) {
                OptionalLong since = waitingSince.get();
                boolean silent = since.isPresent() && System.nanoTime() - since.getAsLong() >= silence.toNanos();
                if (!silent || isAtWork()) {
                    suspect = OptionalLong.empty();
                } else if (suspect.equals(since)) {
                    dead.run();
                    return;
                } else {
                    suspect = since;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Also when it cannot be found out. */
    private boolean isAtWork() {
        Connection session;
        try {
            session = Sessions.sql(address);
        } catch (ConfigurationException | ConnectionException e) {
            log.debug("backlog: cannot look at process {}", serverPid, e);
            return true;
        }
        try (PreparedStatement statement = session.prepareStatement(
                "SELECT state = 'idle' OR wait_event = 'ClientWrite' FROM pg_stat_activity WHERE pid = ?")) {
            statement.setInt(1, serverPid);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && !row.getBoolean(1);
            }
        } catch (SQLException e) {
            log.debug("backlog: cannot look at process {}", serverPid, e);
            return true;
        } finally {
            Sessions.closeQuietly(session);
        }
    }

    @Override
    public void close() {
        over.countDown();
    }
}
