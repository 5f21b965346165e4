package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Sink;
import org.bottledwater.postgres.BacklogReader;
import org.bottledwater.postgres.BacklogRefusedException;
import org.bottledwater.postgres.Slot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second gear: reads what is waiting in stretches of the log. Each is delivered as the stream would deliver it, then
 * committed, then the slot is advanced behind it. What a crash leaves between these steps is mended by the first of the next
 * run, which advances the slot to the checkpoint. One thread does all of it.
 */
final class CatchUp {
    private static final Logger log = LoggerFactory.getLogger(CatchUp.class);

    private static final int MESSAGES_PER_LOOK = 256;

    private final CatchUpPolicy policy;
    private final BacklogReader reader;
    private final Slots slots;
    private final ChangeHandler changes;
    private final ChangeRouter router;
    private final Sink sink;
    private final RunStatus status;
    private final Runnable everySecond;
    private final BooleanSupplier ending;
    private long secondAt = System.nanoTime();
    private long messages;

    /** Where the slot stands. */
    @FunctionalInterface
    interface Slots {
        Slot find();
    }

    /**
     * @param changes takes what the stretches bring, and gives it to the router
     * @param everySecond run about once a second, between two transactions
     */
    CatchUp(
            CatchUpPolicy policy,
            BacklogReader reader,
            Slots slots,
            ChangeHandler changes,
            ChangeRouter router,
            Sink sink,
            RunStatus status,
            Runnable everySecond,
            BooleanSupplier ending) {
        this.policy = policy;
        this.reader = reader;
        this.slots = slots;
        this.changes = changes;
        this.router = router;
        this.sink = sink;
        this.status = status;
        this.everySecond = everySecond;
        this.ending = ending;
    }

    /** How much of the log lies between two positions. */
    static long distance(long from, long to) {
        return Lsn.isBefore(from, to) ? to - from : 0;
    }

    /**
     * Runs until little is waiting, or until it is told to end; then everything that it has read is delivered.
     *
     * @return whether what follows has to come by the stream, as it belongs to a transaction that would be decoded again and again
     */
    boolean run() {
        sink.setWhileBlocked(reader::keepAlive);
        long wanted = policy.first();
        while (!ending.getAsBoolean()) {
            long waiting = distance(sink.safe(), reader.endOfRecords(policy.margin()));
            if (waiting < policy.until()) {
                advanceRestart();
                return false;
            }
            Slot slot = slotAtPosition();
            long before = distance(slot.restartLsn(), sink.safe());
            if (before > policy.longest()) {
                log.info(
                        "stream: a transaction is in the log that began {} earlier, it comes by the stream",
                        Amounts.bytes(before));
                return true;
            }
            long length = Math.min(Math.max(wanted, before), policy.longest());
            // What little would be left is taken along: a walsender decodes all from restart_lsn before it sends it.
            long stretch = waiting - length < policy.until() ? waiting : length;
            read(sink.safe() + stretch);
            boolean again = reader.wasEmpty() && !ending.getAsBoolean() && isDecodedAgain(stretch);
            if (again && (stretch == waiting || wanted >= policy.afterNothing())) {
                log.info(
                        "stream: no transaction of ours ends within {} of the log, what follows comes by the stream",
                        Amounts.bytes(stretch));
                return true;
            }
            wanted = again ? policy.afterNothing() : policy.stretch();
        }
        return false;
    }

    /**
     * A walsender decodes what lies between {@code restart_lsn} and the position once more, record by record. To advance the slot moves it
     * to the first list of running transactions behind the former position; to do it again, to the last one.
     */
    private void advanceRestart() {
        if (distance(slotAtPosition().restartLsn(), sink.safe()) >= policy.until()) {
            reader.advance(sink.safe());
        }
    }

    /** Whether the server begins the next stretch in front of this one: as far as it knows, a transaction is open over all of it. */
    private boolean isDecodedAgain(long stretch) {
        return distance(slots.find().restartLsn(), sink.safe()) >= stretch;
    }

    /** What is delivered already is not read again: a stretch begins where the slot stands. */
    private Slot slotAtPosition() {
        Slot slot = slots.find();
        if (Lsn.isBefore(slot.confirmedFlushLsn(), sink.safe())) {
            reader.advance(sink.safe());
            slot = slots.find();
        }
        if (slot.confirmedFlushLsn() != sink.safe()) {
            throw new BacklogRefusedException(
                    "backlog: the slot is not where Kafka is: confirmed=" + Lsn.toString(slot.confirmedFlushLsn())
                            + " delivered=" + Lsn.toString(sink.safe()),
                    new IllegalStateException("somebody else has moved it, or it was found"));
        }
        return slot;
    }

    private void read(long upTo) {
        status.waitsFor("PostgreSQL decodes " + Amounts.bytes(upTo - sink.safe()) + " of its log");
        try {
            if (!reader.begin(upTo)) {
                return;
            }
        } finally {
            status.waitsFor(RunStatus.USUAL);
        }
        while (reader.poll(changes)) {
            if (++messages % MESSAGES_PER_LOOK == 0) {
                sink.advance(false);
                tell();
            }
            boolean over = ending.getAsBoolean();
            if (over) {
                Settlement.of(() -> reader.poll(changes), router, sink);
                return;
            }
            lookAround();
        }
        // Every transaction that ends before it has been there.
        sink.idle(upTo);
        sink.commit();
        if (Lsn.isBefore(sink.safe(), upTo)) {
            throw new IllegalStateException("committed, and not safe: lsn=" + Lsn.toString(upTo));
        }
        tell();
        reader.advance(sink.safe());
        status.readStretch();
        lookAround();
    }

    private void tell() {
        status.delivered(sink.safe(), false);
        status.committed(router.committedAt());
    }

    private void lookAround() {
        if (!router.inTransaction()
                && System.nanoTime() - secondAt >= Duration.ofSeconds(1).toNanos()) {
            secondAt = System.nanoTime();
            everySecond.run();
        }
    }
}
