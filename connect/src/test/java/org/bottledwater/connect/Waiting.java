package org.bottledwater.connect;

import java.time.Duration;

/** Waits for what comes about by itself. */
final class Waiting {
    private static final Duration LONG = Duration.ofSeconds(90);

    private Waiting() {}

    @FunctionalInterface
    interface Condition {
        boolean holds() throws Exception;
    }

    static void until(String what, Condition condition) {
        until(what, LONG, condition);
    }

    static void until(String what, Duration patience, Condition condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        Exception last = null;
        while (System.nanoTime() < deadline) {
            try {
                if (condition.holds()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted while waiting until " + what, e);
            }
        }
        throw new AssertionError("waited in vain until " + what, last);
    }
}
