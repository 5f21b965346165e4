package org.bottledwater.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the calls in which the sink's threads may have to wait for Kafka: runs a hook meanwhile, tells the
 * log of a long wait, once and then rarely, and ends one that takes longer than it may by an interrupt.
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

    private final Call owner = new Call();
    private final List<Call> others = new CopyOnWriteArrayList<>();

    private volatile Runnable hook = () -> {};

    /** Written by the clock's thread, and set back by the owner between two calls. */
    private volatile long longestWaitNanos;

    // The clock thread's own.
    private long waitingSince;
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

    /** For one other thread than the sink's own; the hook has nothing to do with it. */
    Call other() {
        Call call = new Call();
        others.add(call);
        return call;
    }

    void enter() {
        owner.enter();
    }

    void leave() {
        standingStill.lock();
        try {
            owner.leave();
        } finally {
            standingStill.unlock();
        }
    }

    /** Whether the call that this thread is still within was ended since it took too long. */
    Optional<GaveUpException> ranOut() {
        return calls().anyMatch(Call::isOursAndRanOut) ? limit.map(GaveUpException::new) : Optional.empty();
    }

    private Stream<Call> calls() {
        return Stream.concat(Stream.of(owner), others.stream());
    }

    /** Two ticks must see the same call: a sender that is merely busy is left alone. */
    private void tick() {
        long now = System.nanoTime();
        long current = owner.entry;
        boolean ownerWaits = owner.waits(now);
        if (ownerWaits) {
            runHook(current);
        }
        long since = ownerWaits ? owner.since : Long.MAX_VALUE;
        for (Call call : others) {
            if (call.waits(now)) {
                since = Math.min(since, call.since);
            }
        }
        if (since == Long.MAX_VALUE) {
            if (toldAt != 0) {
                LOG.info("Kafka takes messages again: after={}s", seconds(now - waitingSince));
            }
            toldAt = 0;
        } else {
            waitingSince = since;
            longestWaitNanos = Math.max(longestWaitNanos, now - since);
            tell(now);
            limit.ifPresent(longest -> calls().forEach(call -> call.endAfter(longest, now)));
        }
    }

    private void runHook(long current) {
        standingStill.lock();
        try {
            if (owner.entry == current) {
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
        if (now - waitingSince > LONG.toNanos() && (toldAt == 0 || now - toldAt > RARELY.toNanos())) {
            toldAt = now;
            LOG.warn(
                    "waiting for Kafka at {}: for={}s; nothing is lost meanwhile", server, seconds(now - waitingSince));
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

    /** What one thread is doing. */
    static final class Call {
        /** Odd while the thread is within a call. Written by it only. */
        private volatile long entry;

        /** Published by the entry. */
        private @Nullable Thread thread;

        /** Of the call that the thread is within. Guarded by this. */
        private boolean ranOut;

        // The clock thread's own.
        private long seen;
        private long since;

        // Only one thread writes, so that reading and writing need not be one step.
        @SuppressWarnings("NonAtomicVolatileUpdate")
        void enter() {
            thread = Thread.currentThread();
            entry++;
        }

        // As in enter.
        @SuppressWarnings("NonAtomicVolatileUpdate")
        synchronized void leave() {
            entry++;
            if (ranOut) {
                // It was ours; the call has ended with it, or just before.
                Thread.interrupted();
                ranOut = false;
            }
        }

        private synchronized boolean isOursAndRanOut() {
            return ranOut && thread == Thread.currentThread();
        }

        private boolean waits(long now) {
            long current = entry;
            if (current != seen) {
                seen = current;
                since = now;
                return false;
            }
            return (current & 1) == 1;
        }

        private synchronized void endAfter(Duration longest, long now) {
            Thread waiting = thread;
            boolean same = entry == seen && (seen & 1) == 1;
            if (same && !ranOut && waiting != null && now - since > longest.toNanos()) {
                ranOut = true;
                waiting.interrupt();
            }
        }
    }
}
