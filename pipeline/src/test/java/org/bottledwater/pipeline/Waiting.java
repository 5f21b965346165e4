package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for conditions, with a deadline. */
final class Waiting {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Waiting() {}

    static void until(String what, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
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

    /** The first failure that any of these has to tell of. */
    @SafeVarargs
    static Throwable forOne(Callable<Optional<Throwable>>... failures) {
        List<Throwable> found = new ArrayList<>();
        until("one of them fails", () -> {
            for (Callable<Optional<Throwable>> failure : failures) {
                failure.call().ifPresent(found::add);
            }
            return !found.isEmpty();
        });
        return found.get(0);
    }
}
