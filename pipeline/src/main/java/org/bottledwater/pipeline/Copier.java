package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.SnapshotReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has tables copied by several workers, and commits what they have finished: the rows of chunks, together with the entries
 * that say that these chunks are in Kafka, so that no run reads them again. It is the sink's thread that does this; the
 * workers send while it waits.
 */
final class Copier {
    private static final Logger log = LoggerFactory.getLogger(Copier.class);

    /** How often is committed: a kill costs at most what was done since, and that shall be a small part of the whole. */
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(500);

    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(10);
    private static final int PART = 16;

    /** Within a chunk that takes so long: far below Kafka's transaction timeout. */
    private static final Duration LONGEST_TRANSACTION = Duration.ofMinutes(1);

    /** How long a stop waits for the ends of chunks. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);

    private static final Duration SLICE = Duration.ofSeconds(1);
    private static final Duration SHORT_SLICE = Duration.ofMillis(100);

    private final Sink sink;
    private final CopyJob job;
    private final List<TableCopy> tables;
    private final PipelineListener listener;
    private final Crew crew;
    /** Of these everything that the workers can do is done, and safe. */
    private final Set<TableCopy> finished = new HashSet<>();

    private final long begunAt = System.nanoTime();
    private volatile long endingAt;

    /** @param opening gives each worker its reader */
    Copier(
            Sink sink,
            CopyJob job,
            List<TableCopy> tables,
            int workers,
            Supplier<SnapshotReader> opening,
            PipelineListener listener) {
        this.sink = sink;
        this.job = job;
        this.tables = List.copyOf(tables);
        this.listener = listener;
        this.crew = new Crew(
                job,
                IntStream.range(0, workers)
                        .mapToObj(i -> new CopyWorker(job, sink.inlet(), opening))
                        .toList());
    }

    /**
     * Returns when all of it is safe in Kafka.
     *
     * @param check now and then; what it throws ends the copy
     * @return how far each table's copy is now; a table that was dropped meanwhile is left out
     * @throws ConnectionException also when it was stopped; what was finished by then is safe
     */
    List<TableProgress> copy(Runnable check) {
        try (crew) {
            job.gate().shut();
            crew.start();
            while (!crew.isOver() && !isLateToEnd()) {
                round();
                crew.failIfFailed();
                commit();
                check.run();
            }
            crew.failIfFailed();
        }
        if (tables.stream().anyMatch(copy -> !copy.isDone())) {
            throw new ConnectionException("stopped within the copy", new InterruptedException());
        }
        List<TableProgress> done = new ArrayList<>();
        for (TableCopy copy : tables) {
            if (!copy.isDropped()) {
                done.add(copy.isPart() ? copy.progress() : complete(copy));
            }
        }
        return done;
    }

    /** Lets the workers go on for a while. */
    private void round() {
        long begun = System.nanoTime();
        long interval = interval(begun);
        sink.attend(job.gate()::open);
        if (!job.isFirstCommitDone()) {
            sink.attend(() -> job.awaitWork(SHORTEST_INTERVAL));
            interval = 0;
        }
        long left = interval;
        while (!crew.isOver() && left > 0) {
            Duration slice = min(job.isEnding() ? SHORT_SLICE : SLICE, Duration.ofNanos(left));
            sink.attend(() -> crew.await(slice));
            left = job.isEnding() ? 0 : interval - (System.nanoTime() - begun);
        }
        while (!closed()) {
            crew.failIfFailed();
            if (System.nanoTime() - begun > longestTransaction().toNanos()) {
                job.gate().want();
            }
            if (isLateToEnd()) {
                throw new ConnectionException("stopped within the copy", new InterruptedException());
            }
        }
    }

    private long interval(long now) {
        return Math.max(SHORTEST_INTERVAL.toNanos(), Math.min(LONGEST_INTERVAL.toNanos(), (now - begunAt) / PART));
    }

    /** Whether no chunk is in work any more. */
    private boolean closed() {
        boolean[] closed = {false};
        sink.attend(() -> closed[0] = job.gate().close(SLICE));
        return closed[0];
    }

    /** A worker may wait for a lock, or for the end of a chunk; neither is needed for a stop. */
    private boolean isLateToEnd() {
        return job.isEnding() && System.nanoTime() - endingAt > STOP_PATIENCE.toNanos();
    }

    private Duration longestTransaction() {
        return min(LONGEST_TRANSACTION, sink.longestOpen().dividedBy(3));
    }

    /** What the workers finished. A table whose topic is to be cleared of older keys is not complete before that is done. */
    private void commit() {
        List<CheckpointEntry> entries = new ArrayList<>();
        List<TableCopy> copied = new ArrayList<>();
        List<TableCopy> touched = job.touched();
        for (TableCopy copy : touched) {
            if (copy.isDropped() || finished.contains(copy)) {
                continue;
            }
            boolean complete = copy.isDone() && copy.progress().before().isEmpty() && !copy.isPart();
            if (!copy.isPart() || !copy.progress().blocks().isEmpty()) {
                entries.add(complete ? copy.progress().completed() : copy.progress());
            }
            if (copy.isDone()) {
                copied.add(copy);
            }
        }
        sink.commit(entries.toArray(CheckpointEntry[]::new));
        finished.addAll(copied);
        if (!touched.isEmpty()) {
            job.committed();
        }
        copied.stream()
                .filter(copy -> !copy.isPart())
                .forEach(copy -> listener.tableCopied(copy.table().knownAs(), copy.rows()));
    }

    /** What was in the topic before a copy anew, and has not come again, is in the table no more. */
    private TableProgress complete(TableCopy copy) {
        TableProgress progress = copy.progress();
        Optional<Outlet> outlet = copy.outlet();
        if (progress.before().isPresent()) {
            TableName name = copy.table().name();
            outlet.ifPresent(to -> {
                log.info(
                        "clearing topic {} of what is in table {} no more",
                        to.topic().name(),
                        name);
                Predicate<Headers> chosen = to.partition()
                        .map(partition -> TransactionHeaders.ofPartitions(Set.of(partition)))
                        .orElse(any -> true);
                sink.clearOlder(
                        to.topic(),
                        progress.before().get(),
                        TransactionHeaders.ours().and(chosen),
                        job.timestamp(),
                        to.complete(job.headers()));
            });
            sink.commit(progress.completed());
        }
        return progress.completed();
    }

    /** Says what an earlier run, or a connection that broke, has spared this copy. */
    void log() {
        long blocks = tables.stream().mapToLong(TableCopy::skipped).sum();
        if (blocks > 0) {
            log.info(
                    "snapshot: read {} rows; not read again, as they are in Kafka: {} blocks of {} tables",
                    rows(),
                    blocks,
                    tables.stream().filter(copy -> copy.skipped() > 0).count());
        }
    }

    /** How many rows were read. */
    long rows() {
        return tables.stream().mapToLong(TableCopy::rows).sum();
    }

    /** Has it end soon, with what is finished. Any thread. */
    void stop() {
        endingAt = System.nanoTime();
        job.end();
    }

    private static Duration min(Duration left, Duration right) {
        return left.compareTo(right) < 0 ? left : right;
    }
}
