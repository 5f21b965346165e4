package org.bottledwater.kafka;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the calls in which the sink's thread may have to wait for Kafka: runs a hook meanwhile, tells the log of a long
 * wait, once and then rarely, and ends one that takes longer than it may by an interrupt.
 */
final class Patience implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
    private static final Duration TICK = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration RARELY = Duration.ofMinutes(5);

    private final String server;
    private final Optional<Duration> limit;
    private final ScheduledExecutorService clock;
    private final ScheduledFuture<?> ticking;
    /** Held while the hook runs, so that the owner does not go on at the same time. */
    private final ReentrantLock standingStill = new ReentrantLock();

    /** Odd while the owner is within a call. Written by the owner only. */
    private volatile long entry;

    /** Published by the entry. */
    private @Nullable Thread owner;

    /** Of the call that the owner is within. */
    private volatile boolean ranOut;

    private volatile Runnable hook = () -> {};

    /** Written by the clock's thread, and set back by the owner between two calls. */
    private volatile long longestWaitNanos;

    // The clock thread's own.
    private long seen;
    private long since;
    private long toldAt;

    /** @param limit of a single wait */
    Patience(String server, Optional<Duration> limit) {
        this.server = server;
        this.limit = limit;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "bottledwater-patience");
            thread.setDaemon(true);
            return thread;
        });
        this.ticking =
                clock.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    void hook(Runnable newHook) {
        hook = newHook;
    }

    // Only the owner writes, so that reading and writing need not be one step.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void enter() {
        owner = Thread.currentThread();
        entry++;
    }

    // As in enter.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void leave() {
        standingStill.lock();
        try {
            entry++;
            if (ranOut) {
                // It was ours; the call has ended with it, or just before.
                Thread.interrupted();
                ranOut = false;
            }
        } finally {
            standingStill.unlock();
        }
    }

    /** Whether the call that the owner is still within was ended since it took too long. */
    Optional<GaveUpException> ranOut() {
        return ranOut ? limit.map(GaveUpException::new) : Optional.empty();
    }

    /** Two ticks must see the same call: a sender that is merely busy is left alone. */
    private void tick() {
        long now = System.nanoTime();
        long current = entry;
        if (current != seen) {
            if (toldAt != 0) {
                LOG.info("Kafka takes messages again: after={}s", seconds(now - since));
            }
            seen = current;
            since = now;
            toldAt = 0;
        } else if ((current & 1) == 1) {
            longestWaitNanos = Math.max(longestWaitNanos, now - since);
            runHook(current);
            tell(now);
            if (limit.isPresent() && now - since > limit.get().toNanos()) {
                interrupt(current);
            }
        }
    }

    private void interrupt(long current) {
        standingStill.lock();
        try {
            Thread waiting = owner;
            if (entry == current && !ranOut && waiting != null) {
                ranOut = true;
                waiting.interrupt();
            }
        } finally {
            standingStill.unlock();
        }
    }

    private void runHook(long current) {
        standingStill.lock();
        try {
            if (entry == current) {
                hook.run();
            }
        } catch (RuntimeException e) {
            // The owner meets the same fault when it uses its connection next.
            LOG.debug("could not keep the source's connection alive while waiting for Kafka", e);
        } finally {
            standingStill.unlock();
        }
    }

    long longestWaitNanos() {
        return longestWaitNanos;
    }

    void forgetWaits() {
        longestWaitNanos = 0;
    }

    private void tell(long now) {
        if (now - since > LONG.toNanos() && (toldAt == 0 || now - toldAt > RARELY.toNanos())) {
            toldAt = now;
            LOG.warn("waiting for Kafka at {}: for={}s; nothing is lost meanwhile", server, seconds(now - since));
        }
    }

    private static long seconds(long nanos) {
        return TimeUnit.NANOSECONDS.toSeconds(nanos);
    }

    @Override
    public void close() {
        ticking.cancel(false);
        clock.shutdown();
    }
}
