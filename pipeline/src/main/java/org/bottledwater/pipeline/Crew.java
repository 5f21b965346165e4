package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.ConnectionException;

/** The threads of a copy. The first failure of one ends them all. */
final class Crew implements AutoCloseable {
    private final List<CopyWorker> workers;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch working;
    private final CopyJob job;

    Crew(CopyJob job, List<CopyWorker> workers) {
        this.job = job;
        this.workers = List.copyOf(workers);
        this.working = new CountDownLatch(workers.size());
        for (CopyWorker worker : workers) {
            Thread thread = new Thread(() -> run(worker), "snapshot-worker-" + (threads.size() + 1));
            thread.setDaemon(true);
            threads.add(thread);
        }
    }

    /** @throws ConnectionException if not even one of them gets a connection */
    void start() {
        workers.get(0).connect();
        threads.forEach(Thread::start);
    }

    private void run(CopyWorker worker) {
        try {
            worker.run();
        } catch (Throwable e) {
            // The others are stopped by whoever waits for them; what they then fail with is of no interest.
            job.fail(e);
        } finally {
            working.countDown();
        }
    }

    /** Whether all have ended, or one has failed. */
    boolean isOver() {
        return working.getCount() == 0 || job.failure() != null;
    }

    /** Waits for that; false if the time was over first. */
    boolean await(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!isOver()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            working.await(Math.min(left, TimeUnit.MILLISECONDS.toNanos(50)), TimeUnit.NANOSECONDS);
        }
        return true;
    }

    /** Throws what a worker failed with. */
    void failIfFailed() {
        Throwable failed = job.failure();
        if (failed instanceof RuntimeException e) {
            throw e;
        }
        if (failed instanceof Error e) {
            throw e;
        }
        if (failed != null) {
            throw new IllegalStateException(failed);
        }
    }

    /** Ends the copies that are under way. Any thread. */
    void stop() {
        workers.forEach(CopyWorker::stop);
        threads.forEach(Thread::interrupt);
    }

    /** Returns when none of the threads runs any more. */
    @Override
    public void close() {
        stop();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    // Whoever sends through a sink has to be gone before the sink is closed.
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
