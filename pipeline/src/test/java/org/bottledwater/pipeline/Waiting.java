package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for conditions, with a deadline. */
final class Waiting {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Waiting() {}

    static void until(String what, Callable<Boolean> condition) {
        until(what, LIMIT, condition);
    }

    static void until(String what, Duration limit, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.call()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("waited in vain until " + what);
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("while waiting until " + what, e);
        }
    }
}
