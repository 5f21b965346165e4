package org.bottledwater.pipeline;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.bottledwater.change.TableName;
import org.bottledwater.sandbox.Waiting;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A pipeline on a thread of its own. */
final class Running implements AutoCloseable, PipelineListener {
    private static final Logger log = LoggerFactory.getLogger(Running.class);

    private final Pipeline pipeline;
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private final CountDownLatch streaming = new CountDownLatch(1);
    final AtomicLong rowsCopied = new AtomicLong();
    final AtomicLong snapshots = new AtomicLong();

    private Running(Settings settings) {
        pipeline = new Pipeline(settings, this);
        Thread thread = new Thread(
                () -> {
                    try {
                        pipeline.run();
                        ended.complete(null);
                    } catch (Throwable e) {
                        log.info("the run of {} ended", settings.slot(), e);
                        ended.completeExceptionally(e);
                    }
                },
                "pipeline-" + settings.slot());
        thread.setDaemon(true);
        thread.start();
    }

    static Running of(Settings settings) {
        return new Running(settings);
    }

    /** Returns when the snapshot is over and the changes flow. */
    Running awaitStreaming() {
        Waiting.until("the stream begins", this::streamingHasBegun);
        return this;
    }

    RunStatus status() {
        return pipeline.status();
    }

    boolean streamingHasBegun() {
        failIfEnded();
        return streaming.getCount() == 0;
    }

    private void failIfEnded() {
        if (ended.isCompletedExceptionally()) {
            ended.join();
        }
    }

    RunStatus.State state() {
        return pipeline.status().state();
    }

    /** What ended the run by now, if anything. */
    Optional<Throwable> failureSoFar() {
        return ended.isCompletedExceptionally()
                ? Optional.of(ended.handle((nothing, e) -> e).join())
                : Optional.empty();
    }

    boolean hasEnded() {
        failIfEnded();
        return ended.isDone();
    }

    /** Returns when the run has nothing more to do. */
    void awaitEnd() {
        Waiting.until("the run is over", this::hasEnded);
    }

    /** What ended the run; fails if it goes on. */
    Throwable failure() throws InterruptedException {
        try {
            ended.get(60, TimeUnit.SECONDS);
            throw new AssertionError("the run ended without an error");
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("the run goes on", e);
        }
    }

    @Override
    public void snapshotStarted(int tables, long estimatedRows) {
        snapshots.incrementAndGet();
    }

    @Override
    public void tableCopied(TableName table, long rows) {
        rowsCopied.addAndGet(rows);
    }

    @Override
    public void streaming(long lsn) {
        streaming.countDown();
    }

    /** Stops it as a signal would, and fails with what the run failed with. */
    @Override
    public void close() {
        pipeline.stop();
        ended.orTimeout(60, TimeUnit.SECONDS).join();
    }
}
