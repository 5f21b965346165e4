package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over our publication of updates, on a thread and a session of its own, whatever the run is doing. A table
 * that loses its replica identity leaves it at once, as PostgreSQL would refuse the application's UPDATE. Once the stream is
 * read it looks after the captured tables, too ({@link TableWatch}).
 */
final class PublicationGuard implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PublicationGuard.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** What it looks at takes the server a while where there are many tables: it gets no more than this part of the time. */
    private static final int SHARE = 50;

    private final Settings settings;
    private final ScheduledExecutorService clock;
    private volatile @Nullable TableWatch tables;
    private volatile String joining = "";

    // The clock thread's own.
    private @Nullable Postgres session;
    private boolean told;
    private long lookAt = System.nanoTime();

    private PublicationGuard(Settings settings) {
        this.settings = settings;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "publication-guard");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to watch. With the user's own publication, or none, there may still be ours of an earlier run. */
    static PublicationGuard watch(Settings settings) {
        PublicationGuard guard = new PublicationGuard(settings);
        long interval = INTERVAL.toMillis();
        // It catches what can go wrong; the rest would be a fault of this program, and ends the watch.
        Future<?> unused = guard.clock.scheduleWithFixedDelay(guard::look, interval, interval, TimeUnit.MILLISECONDS);
        return guard;
    }

    /** Looks after the captured tables as well from now on. */
    void watch(TableWatch watched) {
        tables = watched;
    }

    /** Takes every table that has lost its replica identity out of our publication of updates. */
    static void mend(Publications publications) {
        for (TableName table : publications.leaveOutUnidentified()) {
            log.warn(
                    "table {} has lost its key, or has a generated column under REPLICA IDENTITY FULL: its updates and deletes"
                            + " are not published until that is fixed; it is copied from scratch then",
                    table);
        }
    }

    /**
     * For the stream's thread.
     *
     * @throws StreamRestart when a table is to join
     */
    void check() {
        if (!joining.isEmpty()) {
            throw new StreamRestart(StreamRestart.Reason.TABLES_CHANGED, joining);
        }
    }

    private void look() {
        long begun = System.nanoTime();
        try {
            Postgres open = session;
            if (open == null) {
                open = Postgres.connect(settings.postgres());
                session = open;
            }
            mend(new Publications(open, settings.slot()));
            TableWatch watched = tables;
            if (watched != null && begun - lookAt >= 0) {
                joining = watched.look(open).orElse(joining);
                long took = System.nanoTime() - begun;
                lookAt = begun + took * SHARE;
            }
            told = false;
        } catch (ConnectionException | ConfigurationException e) {
            if (!told) {
                log.warn("cannot look after the publication: {}", e.getMessage());
                told = true;
            }
            closeSession();
        }
    }

    private void closeSession() {
        if (session != null) {
            session.close();
            session = null;
        }
    }

    @Override
    public void close() {
        clock.execute(this::closeSession);
        clock.shutdown();
    }
}
