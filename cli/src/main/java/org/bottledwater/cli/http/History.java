package org.bottledwater.cli.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.TableStatus;

/** The last minutes of a run, so that a page that is opened now shows them. Any thread. */
final class History {
    static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final int SAMPLES = 300;

    private final RunStatus status;
    private final Deque<Sample> samples = new ArrayDeque<>();

    /** Totals since the start and the lag, at a time in milliseconds since 1970. */
    record Sample(long time, long messages, long bytes, long lagBytes, double lagSeconds) {}

    History(RunStatus status) {
        this.status = status;
    }

    static Sample now(RunStatus status) {
        List<TableStatus> tables = status.tables();
        return new Sample(
                System.currentTimeMillis(),
                tables.stream().mapToLong(TableStatus::messages).sum(),
                tables.stream().mapToLong(TableStatus::bytes).sum(),
                status.lagBytes(),
                status.lagSeconds());
    }

    synchronized void sample() {
        if (samples.size() == SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(now(status));
    }

    synchronized List<Sample> samples() {
        return List.copyOf(samples);
    }
}
