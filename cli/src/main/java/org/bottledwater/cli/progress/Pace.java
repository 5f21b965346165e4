package org.bottledwater.cli.progress;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** How quickly two counts grow, over the last seconds. One thread at a time. */
final class Pace {
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long nanos, long rows, long bytes) {}

    void add(long nanos, long rows, long bytes) {
        if (!samples.isEmpty() && rows < samples.getLast().rows()) {
            // A copy that began anew.
            samples.clear();
        }
        samples.addLast(new Sample(nanos, rows, bytes));
        while (samples.size() > 2 && nanos - samples.getFirst().nanos() > WINDOW_NANOS) {
            samples.removeFirst();
        }
    }

    private double seconds() {
        return samples.size() < 2
                ? 0
                : (samples.getLast().nanos() - samples.getFirst().nanos()) / 1e9;
    }

    double rowsPerSecond() {
        return seconds() == 0
                ? 0
                : (samples.getLast().rows() - samples.getFirst().rows()) / seconds();
    }

    double bytesPerSecond() {
        return seconds() == 0
                ? 0
                : (samples.getLast().bytes() - samples.getFirst().bytes()) / seconds();
    }

    /** How long so many rows more take at this pace; less than nothing if that cannot be said. */
    Duration timeFor(long rows) {
        double pace = rowsPerSecond();
        return pace <= 0 || seconds() < 1
                ? Duration.ofSeconds(-1)
                : Duration.ofSeconds(Math.round(Math.max(0, rows) / pace));
    }
}
