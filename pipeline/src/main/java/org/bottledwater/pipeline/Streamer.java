package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Sink;
import org.bottledwater.postgres.ReplicationStream;

/**
 * Carries the changes from the replication stream to the sink, and the position up to which they are safe back. One
 * thread does all of it.
 */
final class Streamer {
    /** A confirmation makes the server write its slot; more often than this is of no use to it. */
    private static final Duration CONFIRM_INTERVAL = Duration.ofMillis(200);

    /** How often an idle database lets the position move; a server that shuts down waits for that, too. */
    private static final Duration IDLE_INTERVAL = Duration.ofSeconds(2);

    private static final int MESSAGES_PER_LOOK = 256;

    private final ReplicationStream stream;
    private final ChangeHandler changes;
    private final ChangeRouter router;
    private final Sink sink;
    private final RunStatus status;
    private final BooleanSupplier everySecond;
    private long confirmed;
    private long confirmedAt = System.nanoTime();
    private long idleAt = System.nanoTime();
    private long secondAt = System.nanoTime();

    /**
     * @param changes takes what the stream brings, and gives it to the router
     * @param sink it is safe there up to where the stream begins
     * @param everySecond asked about once a second, between two transactions, whether the stream is to be left
     */
    Streamer(
            ReplicationStream stream,
            ChangeHandler changes,
            ChangeRouter router,
            Sink sink,
            RunStatus status,
            BooleanSupplier everySecond) {
        this.stream = stream;
        this.changes = changes;
        this.router = router;
        this.sink = sink;
        this.status = status;
        this.everySecond = everySecond;
        this.confirmed = sink.safe();
    }

    /**
     * Runs until {@code stopping}, or until the stream is to be left; then everything that has arrived in whole transactions is
     * delivered and confirmed.
     *
     * @return whether it is to be left, and not to be stopped
     */
    boolean run(BooleanSupplier stopping) {
        while (!stopping.getAsBoolean()) {
            long begun = System.nanoTime();
            boolean drained = !readSome();
            sink.keepingUp(drained || stream.hasRunDrySince(begun));
            sink.advance(drained);
            status.delivered(sink.safe(), drained && !router.inTransaction());
            status.committed(router.committedAt());
            confirm(CONFIRM_INTERVAL);
            if (drained) {
                idle();
            }
            if (!router.inTransaction() && isOver(secondAt, Duration.ofSeconds(1))) {
                secondAt = System.nanoTime();
                if (everySecond.getAsBoolean()) {
                    sink.keepingUp(false);
                    sink.commit();
                    confirm(Duration.ZERO);
                    return true;
                }
            }
        }
        sink.keepingUp(false);
        Settlement.of(() -> stream.poll(changes), router, sink);
        confirm(Duration.ZERO);
        return false;
    }

    /** Handles messages while they come, up to a bound. Returns false if the last look found none. */
    private boolean readSome() {
        for (int i = 0; i < MESSAGES_PER_LOOK; i++) {
            if (!stream.poll(changes)) {
                return false;
            }
        }
        return true;
    }

    private void confirm(Duration interval) {
        long safe = sink.safe();
        if (Lsn.isBefore(confirmed, safe) && isOver(confirmedAt, interval)) {
            stream.confirm(safe);
            confirmed = safe;
            confirmedAt = System.nanoTime();
        }
    }

    /** Nothing of ours is under way: what the server has read beyond our last change it need not keep for us. */
    private void idle() {
        if (isOver(idleAt, IDLE_INTERVAL)) {
            idleAt = System.nanoTime();
            if (!router.inTransaction() && Lsn.isBefore(sink.safe(), stream.received())) {
                sink.idle(stream.received());
            }
        }
    }

    private static boolean isOver(long since, Duration interval) {
        return System.nanoTime() - since >= interval.toNanos();
    }
}
