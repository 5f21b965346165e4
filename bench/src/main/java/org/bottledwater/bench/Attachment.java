package org.bottledwater.bench;

import java.time.Duration;

/** Has a tool make its slot and whatever else it needs, until changes of its table come through. */
final class Attachment {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private Attachment() {}

    /** Starts the tool, and stops it when it is attached; returns how many changes came through. */
    static long once(Bench bench, Shape shape, Tool tool, Job job) {
        try (ToolProcess process = tool.start(bench.stack(), job)) {
            await(bench, shape, tool, job, process);
            // What is under way gets there, and the tool notes that it did.
            Pause.of(Duration.ofSeconds(2));
        }
        return bench.topics().content(tool.topic(job)).messages();
    }

    /** Writes rows with negative numbers until one of them is in the topic. */
    static void await(Bench bench, Shape shape, Tool tool, Job job, ToolProcess process) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        for (long id = -1; bench.topics().end(tool.topic(job)) == 0; id--) {
            process.requireAlive();
            if (System.nanoTime() > deadline) {
                throw new BenchException("does not begin: tool=" + tool.name());
            }
            bench.stack().sql(shape.insert(job.table(), Long.toString(id), Long.toString(id)));
            Pause.of(Duration.ofMillis(500));
        }
    }
}
