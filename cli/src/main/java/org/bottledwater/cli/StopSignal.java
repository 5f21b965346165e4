package org.bottledwater.cli;

import java.util.ArrayList;
import java.util.List;
import sun.misc.Signal;

/**
 * Ctrl-C and SIGTERM. The first asks whatever runs to finish; the second ends the process at once, and so does a finish
 * that takes longer than {@value #PATIENCE_SECONDS} seconds.
 */
final class StopSignal {
    static final int PATIENCE_SECONDS = 30;

    private final List<Runnable> actions = new ArrayList<>();
    private boolean asked;

    /** Takes the signals over from the JVM, which would exit with 130 or 143 and knows no second one. */
    void listen() {
        for (String name : List.of("INT", "TERM")) {
            try {
                Signal.handle(new Signal(name), signal -> received());
            } catch (IllegalArgumentException e) {
                System.err.println("bottledwater: cannot take over SIG" + name + ": " + e.getMessage());
            }
        }
    }

    private void received() {
        if (isAsked()) {
            exit("stopped at once, as asked a second time");
        }
        Thread patience = new Thread(this::runOutOfPatience, "stop-deadline");
        patience.setDaemon(true);
        patience.start();
        ask();
    }

    private void runOutOfPatience() {
        try {
            Thread.sleep(PATIENCE_SECONDS * 1000L);
        } catch (InterruptedException e) {
            return;
        }
        exit("did not come to an end within " + PATIENCE_SECONDS + " s and was stopped; the next run goes on from what"
                + " Kafka has acknowledged");
    }

    private static void exit(String why) {
        System.err.println("bottledwater: " + why);
        Runtime.getRuntime().halt(Main.FAILED);
    }

    synchronized boolean isAsked() {
        return asked;
    }

    /** Does what a first signal does. */
    void ask() {
        List<Runnable> now;
        synchronized (this) {
            if (asked) {
                return;
            }
            asked = true;
            notifyAll();
            now = List.copyOf(actions);
        }
        now.forEach(Runnable::run);
    }

    /** Runs {@code action} on the signal's thread, or at once if the signal has been. */
    void whenAsked(Runnable action) {
        synchronized (this) {
            if (!asked) {
                actions.add(action);
                return;
            }
        }
        action.run();
    }

    /** Waits for the signal, {@code millis} at most; returns whether it has been. */
    synchronized boolean await(long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (!asked) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }
}
