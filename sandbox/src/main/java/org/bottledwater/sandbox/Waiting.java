package org.bottledwater.sandbox;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Waits in a test for what comes about by itself, as a server's answer does. */
public final class Waiting {
    private static final Duration LONG = Duration.ofSeconds(90);

    private Waiting() {}

    public static void until(String what, Callable<Boolean> condition) {
        until(what, LONG, condition);
    }

    /**
     * Returns as soon as the condition holds. One that throws an exception does not hold yet.
     *
     * @param what for the failure: "waited in vain until …"
     */
    public static void until(String what, Duration limit, Callable<Boolean> condition) {
        Deadline deadline = Deadline.after(limit);
        Exception last = null;
        do {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            deadline.pause();
        } while (!deadline.passed());
        throw failure(what, last);
    }

    private static AssertionError failure(String what, @Nullable Exception last) {
        return new AssertionError("waited in vain until " + what, last);
    }
}
