package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.header.Header;
import org.bottledwater.avro.Origin;
import org.bottledwater.change.Relation;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.Topic;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;

/** What the workers of one copy share. Thread-safe. */
final class CopyJob {
    private final Routes routes;
    private final Map<String, Topic> topics;
    private final ErrorPolicy policy;
    private final List<Header> headers;
    private final String visible;
    private final CopyPlan plan;
    private final Gate gate = new Gate();
    private final long timestamp = System.currentTimeMillis();
    private final Origin origin;
    private final Set<TableCopy> touched = new HashSet<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicBoolean without = new AtomicBoolean();
    private final CountDownLatch firstCommit = new CountDownLatch(1);
    private volatile boolean ending;

    /**
     * @param topics those of the tables, as they were looked up
     * @param lsn where the snapshot was taken
     * @param visible what the snapshot sees ({@link VisibleTransactions})
     */
    CopyJob(
            Routes routes,
            Map<String, Topic> topics,
            ErrorPolicy policy,
            long lsn,
            String visible,
            Collection<TableCopy> tables) {
        this.routes = routes;
        this.topics = topics;
        this.policy = policy;
        this.origin = new Origin(lsn, Origin.UNKNOWN, timestamp * 1000);
        this.headers = TransactionHeaders.snapshot(lsn);
        this.visible = visible;
        this.plan = new CopyPlan(tables);
    }

    /** A table to work at. */
    Optional<TableCopy> next() {
        return ending ? Optional.empty() : plan.next();
    }

    Route route(Table table, Relation relation, Catalog session) {
        return routes.ofCopy(table, relation, session, topics);
    }

    /**
     * Of a table that an earlier snapshot has shown in part, the rest is read as that one would have shown it: the
     * stream brings what came later. Where transaction numbers have come round, a row's cannot be compared; then the
     * rest is read as it is now, and the stream goes over it once more.
     */
    String seenBy(TableCopy copy) {
        TableProgress begun = copy.progress();
        boolean comparable = !begun.readAs().isEmpty()
                && !begun.readAs().equals(visible)
                && VisibleTransactions.parse(visible).isInFirstEpoch();
        return comparable ? begun.readAs() : "";
    }

    /** Something of the table is done, or a worker has nothing more to do for it. */
    void looked(TableCopy copy) {
        synchronized (touched) {
            touched.add(copy);
            touched.notifyAll();
        }
    }

    /** Waits until something is done of some table, or a worker has failed; or until the time is over. */
    void awaitWork(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (touched) {
            long left = patience.toNanos();
            while (touched.isEmpty() && failure.get() == null && left > 0) {
                TimeUnit.NANOSECONDS.timedWait(touched, left);
                left = deadline - System.nanoTime();
            }
        }
    }

    /** Somebody may be waiting for the very first rows: no worker begins its second chunk before the first are committed. */
    void awaitFirstCommit() throws InterruptedException {
        firstCommit.await();
    }

    /** Something that a worker finished is committed. */
    void committed() {
        firstCommit.countDown();
    }

    boolean isFirstCommitDone() {
        return firstCommit.getCount() == 0;
    }

    /** The tables of which something was done since this was asked last. */
    List<TableCopy> touched() {
        synchronized (touched) {
            List<TableCopy> all = new ArrayList<>(touched);
            touched.clear();
            return all;
        }
    }

    /** A worker cannot go on; to be called within the gate, so that nothing of its chunk is committed. */
    void fail(Throwable e) {
        failure.compareAndSet(null, e);
        synchronized (touched) {
            touched.notifyAll();
        }
    }

    /** What the first of the workers failed with. */
    @Nullable
    Throwable failure() {
        return failure.get();
    }

    /** Whether no other worker had to do without a connection, which is told once. */
    boolean isFirstToGoWithout() {
        return without.compareAndSet(false, true);
    }

    /** No further chunk is begun. */
    void end() {
        ending = true;
    }

    boolean isEnding() {
        return ending;
    }

    Gate gate() {
        return gate;
    }

    ErrorPolicy policy() {
        return policy;
    }

    List<Header> headers() {
        return headers;
    }

    /** Where the rows come from. */
    Origin origin() {
        return origin;
    }

    long timestamp() {
        return timestamp;
    }
}
