package org.bottledwater.connect;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.bottledwater.sandbox.Waiting;

/** Does a step again and again, with a pause after each, until it is ended or a step fails. */
final class Repetition implements AutoCloseable {
    /** What is done; what it throws ends the repetition. */
    interface Step {
        void run() throws Exception;
    }

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final ScheduledFuture<?> steps;

    private Repetition(long pauseMillis, Step step) {
        steps = thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        step.run();
                    } catch (Exception e) {
                        failure.set(e);
                        throw new IllegalStateException("a step failed", e);
                    }
                },
                0,
                pauseMillis,
                TimeUnit.MILLISECONDS);
    }

    static Repetition every(long pauseMillis, Step step) {
        return new Repetition(pauseMillis, step);
    }

    /**
     * Returns when the last step is over.
     *
     * @throws Exception what a step has thrown
     */
    void end() throws Exception {
        // Not the step that is being done.
        steps.cancel(false);
        thread.shutdown();
        Waiting.until("the last step is over", thread::isTerminated);
        Exception failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
