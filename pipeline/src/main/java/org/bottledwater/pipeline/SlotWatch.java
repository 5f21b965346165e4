package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Slots;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the server every few seconds how long its log is and how much of it the slot keeps, on a thread and a session of
 * its own: also while the run waits for Kafka, which is when both grow.
 */
public final class SlotWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SlotWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final Settings settings;
    private final RunStatus status;
    private final ScheduledExecutorService clock;

    /** The clock thread's own. */
    private @Nullable Postgres session;

    private SlotWatch(Settings settings, RunStatus status) {
        this.settings = settings;
        this.status = status;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "slot-watch");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to look; what it sees is in {@link RunStatus#slot}. A server that is away is the run's to complain of. */
    public static SlotWatch start(Settings settings, RunStatus status) {
        SlotWatch watch = new SlotWatch(settings, status);
        Future<?> unused =
                watch.clock.scheduleWithFixedDelay(watch::look, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        return watch;
    }

    private void look() {
        try {
            Postgres open = session;
            if (open == null) {
                open = Postgres.connect(settings.postgres());
                session = open;
            }
            long end = open.currentWalLsn();
            long restart = new Slots(open)
                    .find(settings.slot())
                    .map(Slot::restartLsn)
                    .filter(lsn -> lsn != Lsn.INVALID && Lsn.isBefore(lsn, end))
                    .orElse(end);
            status.seen(new RunStatus.SlotState(end, end - restart, System.currentTimeMillis()));
        } catch (ConnectionException | ConfigurationException e) {
            log.debug("cannot look at the slot", e);
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
