package org.bottledwater.connect;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * Between the pipeline's threads and the worker's: a queue with a bound in bytes, and the position that came back.
 *
 * <p>Where the worker commits transactions it is given whole ones, as long as they fit into the queue, so that none stays
 * open while the task is paused. Elsewhere it stores, for each partition of offsets by itself, what is acknowledged: what
 * has another partition waits until everything before it is.
 */
final class Handover {
    private static final Duration TICK = Duration.ofMillis(200);

    private final long maxBytes;
    private final long batchBytes;
    private final boolean transactional;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock.
    private final Deque<Parcel> queue = new ArrayDeque<>();
    private int ends;
    private boolean handedOpen;
    private int unacknowledged;
    private Map<String, String> lastPartition = Map.of();
    private boolean closed;
    private @Nullable RuntimeException failure;

    private volatile long bytes;
    private volatile long stored;
    private volatile long safe = Lsn.INVALID;

    /**
     * @param maxBytes more make the sender wait
     * @param transactional whether the worker's transactions end where we say
     */
    Handover(long maxBytes, boolean transactional) {
        this.maxBytes = maxBytes;
        this.batchBytes = Math.max(1, maxBytes / 4);
        this.transactional = transactional;
    }

    /** What was stored before: where the task begins. */
    void begin(long sequence, long lsn) {
        stored = sequence;
        safe = lsn;
    }

    /** Waits while the queue is full; {@code whileBlocked} runs a few times a second meanwhile. */
    void put(Parcel parcel, Runnable whileBlocked) {
        await(() -> bytes < maxBytes, whileBlocked);
        lock.lock();
        try {
            requireOpen();
            add(parcel);
        } finally {
            lock.unlock();
        }
    }

    /** What ends a transaction, which does not wait: there is not much of it, and without it nothing moves. */
    void putEnd(List<Parcel> parcels) {
        lock.lock();
        try {
            requireOpen();
            parcels.forEach(this::add);
        } finally {
            lock.unlock();
        }
    }

    // Written under the lock only.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void add(Parcel parcel) {
        queue.add(parcel);
        bytes += parcel.cost();
        ends += parcel.end() == null ? 0 : 1;
        changed.signalAll();
    }

    /** Gives up what came after the last end: what the worker has of it is undone, if it can be. */
    void undo(Parcel ending) {
        lock.lock();
        try {
            while (!queue.isEmpty() && queue.getLast().end() == null) {
                remove(queue.removeLast());
            }
            if (transactional && handedOpen && queue.isEmpty() && !closed) {
                add(ending);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // Written under the lock only.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void remove(Parcel parcel) {
        bytes -= parcel.cost();
        ends -= parcel.end() == null ? 0 : 1;
    }

    /** Waits until the worker has stored the end with this number. */
    void awaitStored(long sequence, Runnable whileBlocked) {
        await(() -> stored >= sequence, whileBlocked);
    }

    /** What is to be sent now; empty if there is nothing within {@code patience}. For the worker's thread. */
    List<Parcel> take(Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (!isReady() && !closed && failure == null && left > 0) {
                left = changed.awaitNanos(left);
            }
            return isReady() ? batch() : List.of();
        } finally {
            lock.unlock();
        }
    }

    /** Whole transactions, or, of one that is larger than the queue, what there is. */
    private boolean isReady() {
        return transactional
                ? ends > 0 || bytes >= maxBytes || (handedOpen && !queue.isEmpty())
                : !queue.isEmpty() && mayFollow(queue.getFirst());
    }

    private boolean mayFollow(Parcel parcel) {
        return transactional || unacknowledged == 0 || parcel.partition().equals(lastPartition);
    }

    private List<Parcel> batch() {
        int count = 0;
        int whole = 0;
        long size = 0;
        for (Parcel parcel : queue) {
            count++;
            size += parcel.cost();
            if (parcel.end() != null) {
                whole = count;
            }
            if (size >= batchBytes) {
                break;
            }
        }
        List<Parcel> batch = new ArrayList<>();
        int most = transactional && whole > 0 ? whole : count;
        while (batch.size() < most && mayFollow(queue.getFirst())) {
            Parcel parcel = queue.removeFirst();
            remove(parcel);
            batch.add(parcel);
            handedOpen = parcel.end() == null;
            lastPartition = parcel.partition();
            unacknowledged++;
        }
        changed.signalAll();
        return batch;
    }

    /** Kafka has one more of what was taken. Any thread. */
    void acknowledged() {
        lock.lock();
        try {
            if (--unacknowledged == 0) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The worker has committed: everything up to this end is in Kafka, and the position is stored. Any thread. */
    void stored(End end) {
        lock.lock();
        try {
            stored = Math.max(stored, end.sequence());
            if (!end.undo()) {
                safe = Lsn.max(safe, end.lsn());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void await(Check check, Runnable whileBlocked) {
        while (true) {
            lock.lock();
            try {
                requireOpen();
                if (check.isSo() || (changed.await(TICK.toNanos(), TimeUnit.NANOSECONDS) && check.isSo())) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ConnectionException("interrupted while waiting for the worker", e);
            } finally {
                lock.unlock();
            }
            whileBlocked.run();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ConnectionException("the task was stopped", new InterruptedException());
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** The task cannot go on; both sides are told. */
    void fail(RuntimeException reason) {
        lock.lock();
        try {
            failure = failure == null ? reason : failure;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    Optional<RuntimeException> failure() {
        lock.lock();
        try {
            return Optional.ofNullable(failure);
        } finally {
            lock.unlock();
        }
    }

    void failIfFailed() {
        failure().ifPresent(reason -> {
            throw reason;
        });
    }

    /** Nobody takes anything any more: whoever waits goes away. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isTransactional() {
        return transactional;
    }

    long bytes() {
        return bytes;
    }

    long safe() {
        return safe;
    }

    /** The number of the last end that is stored. */
    long storedSequence() {
        return stored;
    }

    @FunctionalInterface
    private interface Check {
        boolean isSo();
    }
}
