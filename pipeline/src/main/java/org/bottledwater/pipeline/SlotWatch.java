package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.Inspection;
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
final class SlotWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SlotWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    /** A server that does not answer for so long is away. */
    private static final Duration ANSWER = Duration.ofSeconds(30);

    /** Any transaction that writes holds the log for a moment; one that is older deserves to be named. */
    private static final Duration LONG_TRANSACTION = Duration.ofSeconds(5);

    private final Settings settings;
    private final RunStatus status;
    private final Optional<WalGuard> guard;
    private final ScheduledExecutorService clock;

    /** The clock thread's own. */
    private @Nullable Postgres session;

    private SlotWatch(Settings settings, RunStatus status, Optional<WalGuard> guard) {
        this.settings = settings.ofInstance();
        this.status = status;
        this.guard = guard;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "slot-watch");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Begins to look; what it sees is in {@link RunStatus#slot}, and the guard is told. A server that is away is the
     * run's to complain of.
     */
    static SlotWatch start(Settings settings, RunStatus status, Optional<WalGuard> guard) {
        SlotWatch watch = new SlotWatch(settings, status, guard);
        long interval = settings.slotPolicy()
                .walLimit()
                .map(limit -> limit.patience().dividedBy(4))
                .orElse(INTERVAL)
                .toMillis();
        Future<?> unused = watch.clock.scheduleWithFixedDelay(watch::look, 0, interval, TimeUnit.MILLISECONDS);
        return watch;
    }

    private void look() {
        try {
            Postgres open = session;
            if (open == null) {
                open = Postgres.connect(settings.postgres());
                open.limitWaits(ANSWER);
                session = open;
            }
            Postgres asked = open;
            long end = asked.currentWalLsn();
            Optional<Slot> slot = new Slots(asked).find(settings.slot());
            RunStatus.SlotState seen = new RunStatus.SlotState(
                    end, slot.map(s -> distance(s.restartLsn(), end)).orElse(0L), System.currentTimeMillis());
            status.seen(seen);
            guard.ifPresent(g -> g.see(seen, () -> holder(asked, slot, seen), System.nanoTime()));
        } catch (ConnectionException | ConfigurationException e) {
            log.debug("cannot look at the slot", e);
            closeSession();
        } catch (RuntimeException e) {
            // A look that throws would be the last one.
            log.warn("cannot look at slot {}", settings.slot(), e);
            closeSession();
        }
    }

    private static long distance(long lsn, long end) {
        return lsn != Lsn.INVALID && Lsn.isBefore(lsn, end) ? end - lsn : 0;
    }

    /** The log is kept from the beginning of the oldest transaction that is open, however much was read of it. */
    static String holder(Postgres postgres, Optional<Slot> slot, RunStatus.SlotState seen) {
        long unread = slot.filter(s -> s.confirmedFlushLsn() != Lsn.INVALID)
                .map(s -> distance(s.confirmedFlushLsn(), seen.walLsn()))
                .orElse(seen.retainedBytes());
        if (unread > seen.retainedBytes() / 2) {
            return "; " + Amounts.bytes(unread) + " of that are not in Kafka yet";
        }
        return new Inspection(postgres)
                .openTransactions(LONG_TRANSACTION).stream()
                        .findFirst()
                        .map(open -> "; nearly all of that is in Kafka, but a transaction has been open for "
                                + open.ageSeconds() + " s: "
                                + (open.pid() == 0 ? "prepared as " : "process " + open.pid() + " of ") + open.name())
                        .orElse("; most of that is in Kafka, and the server lets go of it soon");
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
