package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Sink;
import org.bottledwater.pipeline.StretchQueue.End;
import org.bottledwater.pipeline.StretchQueue.Messages;
import org.bottledwater.pipeline.StretchQueue.Piece;
import org.bottledwater.pipeline.StretchQueue.StretchEnd;
import org.bottledwater.postgres.BacklogReader;
import org.bottledwater.postgres.BacklogRefusedException;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.wire.StretchDecoder;
import org.jspecify.annotations.Nullable;

/**
 * The second gear: what is waiting is read in stretches of the log ({@link StretchReading}) and delivered as the stream would
 * deliver it. The slot follows behind what is committed. What a crash leaves between these steps is mended by the first of the
 * next run, which advances the slot to the checkpoint.
 */
final class CatchUp {
    private static final int MESSAGES_PER_LOOK = 256;
    private static final long PATIENCE_MILLIS = 20;

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

    /** Decodes the stretch that is being delivered. */
    private StretchDecoder decoder;

    /** What is being handled of it. */
    private @Nullable Messages current;

    private boolean waits;

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
        this.decoder = reader.decoder();
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
        Slot unused = slotAtPosition();
        try (StretchReading stretches = new StretchReading(policy, reader, sink.safe(), StretchReading.HELD_BYTES)) {
            stretches.begin();
            Optional<End> end = deliver(stretches);
            if (end.isEmpty()) {
                return false;
            }
            if (!end.get().leftToStream()) {
                advanceRestart();
            }
            return end.get().leftToStream();
        } finally {
            status.waitsFor(RunStatus.USUAL);
        }
    }

    /** What is delivered already is not read again: the first stretch begins where the slot stands. */
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

    /**
     * A walsender decodes what lies between {@code restart_lsn} and the position once more, record by record. To advance the slot moves it
     * to the first list of running transactions behind the former position; to do it again, to the last one.
     */
    private void advanceRestart() {
        if (distance(slotAtPosition().restartLsn(), sink.safe()) >= policy.until()) {
            reader.advance(sink.safe());
        }
    }

    /** Returns nothing if it was told to end before all was read. */
    private Optional<End> deliver(StretchReading stretches) {
        while (!ending.getAsBoolean()) {
            if (message(stretches)) {
                if (++messages % MESSAGES_PER_LOOK == 0) {
                    sink.advance(false);
                    tell(stretches);
                }
            } else {
                Piece piece = stretches.take(PATIENCE_MILLIS);
                if (piece == null) {
                    whileNothingComes(stretches);
                } else if (piece instanceof Messages some) {
                    current = some;
                } else if (piece instanceof StretchEnd end) {
                    endStretch(end, stretches);
                } else if (piece instanceof End end) {
                    end.throwIfFailed();
                    sink.commit();
                    tell(stretches);
                    return Optional.of(end);
                }
            }
            lookAround();
        }
        Settlement.of(() -> goOn(stretches), router, sink);
        return Optional.empty();
    }

    /** Handles the next message of those that are here. Returns false if there is none. */
    private boolean message(StretchReading stretches) {
        Messages held = current;
        if (held == null) {
            return false;
        }
        if (!held.next()) {
            current = null;
            stretches.giveBack(held);
            return false;
        }
        decoder.data(held.bytes(), held.offset(), held.length(), changes);
        return true;
    }

    /** Goes on with the transaction that is arriving, which ends in this stretch. Returns false if nothing has come. */
    private boolean goOn(StretchReading stretches) {
        while (!message(stretches)) {
            Piece piece = stretches.take(PATIENCE_MILLIS);
            if (!(piece instanceof Messages some)) {
                return false;
            }
            current = some;
        }
        return true;
    }

    private void whileNothingComes(StretchReading stretches) {
        long decoding = stretches.decoding();
        if (!waits && decoding > 0) {
            waits = true;
            status.waitsFor("PostgreSQL decodes " + Amounts.bytes(decoding) + " of its log");
        }
        sink.advance(true);
        tell(stretches);
    }

    private void endStretch(StretchEnd end, StretchReading stretches) {
        decoder.end();
        decoder = reader.decoder();
        // Every transaction that ends before it has been there.
        sink.idle(end.lsn());
        if (!stretches.isAhead()) {
            sink.commit();
            if (Lsn.isBefore(sink.safe(), end.lsn())) {
                throw new IllegalStateException("committed, and not safe: lsn=" + Lsn.toString(end.lsn()));
            }
        }
        tell(stretches);
        status.readStretch();
    }

    private void tell(StretchReading stretches) {
        stretches.safe(sink.safe());
        status.delivered(sink.safe(), false);
        status.committed(router.committedAt());
    }

    private void lookAround() {
        if (waits && current != null) {
            waits = false;
            status.waitsFor(RunStatus.USUAL);
        }
        if (!router.inTransaction()
                && System.nanoTime() - secondAt >= Duration.ofSeconds(1).toNanos()) {
            secondAt = System.nanoTime();
            everySecond.run();
        }
    }
}
