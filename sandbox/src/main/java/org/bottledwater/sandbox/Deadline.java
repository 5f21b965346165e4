package org.bottledwater.sandbox;

import java.time.Duration;

/** A moment after which waiting is an error. */
final class Deadline {

    private static final long PAUSE_MILLIS = 20;

    private final long endNanos;

    private Deadline(long endNanos) {
        this.endNanos = endNanos;
    }

    static Deadline after(Duration limit) {
        return new Deadline(System.nanoTime() + limit.toNanos());
    }

    boolean passed() {
        return System.nanoTime() - endNanos >= 0;
    }

    /** Waits a moment before the caller looks again. */
    void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    static SandboxException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new SandboxException("sandbox: interrupted while waiting for a server", e);
    }
}
