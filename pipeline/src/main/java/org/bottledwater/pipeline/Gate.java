package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps apart those who send chunks and the one who commits: a chunk's rows and the entry that says that they are there are
 * in one Kafka transaction. Who waits longest goes first, so that a commit waits for the chunks that are in work only.
 */
final class Gate {
    private static final int ROWS_PER_LOOK = 1024;

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
    private volatile boolean wanted;

    /** Nobody is to begin yet. */
    void shut() {
        lock.writeLock().lock();
    }

    /** A worker begins a chunk. */
    void enter() throws InterruptedException {
        lock.readLock().lockInterruptibly();
    }

    /** It has ended the chunk, and said so. */
    void leave() {
        // One that was interrupted between two rows is outside already.
        if (lock.getReadHoldCount() > 0) {
            lock.readLock().unlock();
        }
    }

    /** To be called with each row: in a chunk that takes too long a commit may come between two rows. */
    void pass(long row) throws InterruptedException {
        if (row % ROWS_PER_LOOK == 0 && wanted) {
            leave();
            enter();
        }
    }

    /** The one who commits lets the workers go on. */
    void open() {
        wanted = false;
        lock.writeLock().unlock();
    }

    /** Waits until no chunk is in work. */
    boolean close(Duration patience) throws InterruptedException {
        return lock.writeLock().tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** From now on rows are a place to stop at, too. */
    void want() {
        wanted = true;
    }
}
