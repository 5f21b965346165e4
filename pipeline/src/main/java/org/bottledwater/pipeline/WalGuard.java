package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Slots;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that the slot does not fill the server's disk. It is told on {@link SlotWatch}'s thread how much of the log
 * is kept, says so, and ends the run when that is too much and does not become less; the run's own thread then does the
 * rest in {@link #finish}.
 */
final class WalGuard {
    private static final Logger log = LoggerFactory.getLogger(WalGuard.class);
    private static final Duration RARELY = Duration.ofMinutes(5);

    private final Settings settings;
    private final WalLimit limit;
    private final BooleanSupplier mayEnd;
    private final Runnable stop;

    private boolean over;
    private boolean toldNear;
    private boolean toldOver;
    private long toldNanos;
    private long lowest;
    private long lowestNanos;
    private volatile long endedWith;

    /**
     * @param mayEnd false while the run is only about to begin: the slot may be another instance's, for which it waits
     * @param stop makes the run end soon
     */
    WalGuard(Settings settings, WalLimit limit, BooleanSupplier mayEnd, Runnable stop) {
        this.settings = settings;
        this.limit = limit;
        this.mayEnd = mayEnd;
        this.stop = stop;
    }

    /**
     * What the server said just now, at {@code nanos} as of {@link System#nanoTime}.
     *
     * @param holder who keeps the log if it is not the run, in words; asked only when it is to be told
     */
    void see(RunStatus.SlotState slot, Supplier<String> holder, long nanos) {
        long kept = slot.retainedBytes();
        boolean above = kept > limit.bytes();
        if (above && (!over || kept < lowest || !mayEnd.getAsBoolean())) {
            lowest = over ? Math.min(lowest, kept) : kept;
            lowestNanos = nanos;
        }
        over = above;
        tell(kept, holder, nanos);
        boolean stuck = above && nanos - lowestNanos >= limit.patience().toNanos();
        if (stuck && limit.action() != OnMaxWal.WARN && mayEnd.getAsBoolean() && !hasEnded()) {
            endedWith = kept;
            stop.run();
        }
    }

    private void tell(long kept, Supplier<String> holder, long nanos) {
        boolean near = kept > limit.bytes() / 4 * 3;
        if (kept < limit.bytes() / 2 && toldNear) {
            log.info("slot {} keeps no more than {} of the log again", settings.slot(), Amounts.bytes(kept));
            toldNear = false;
            toldOver = false;
        }
        boolean news = (near && !toldNear) || (over && !toldOver);
        if (news || (near && nanos - toldNanos >= RARELY.toNanos())) {
            log.warn("{}{}", words(kept), holder.get());
            toldNanos = nanos;
            toldNear = true;
            toldOver |= over;
        }
    }

    private String words(long kept) {
        String consequence = switch (limit.action()) {
            case WARN -> "";
            case EXIT -> "the run ends";
            case DROP_SLOT -> "the run ends and drops the slot";
        };
        if (!consequence.isEmpty()) {
            consequence =
                    over ? ": if that does not become less, " + consequence : ": with more than that, " + consequence;
        }
        return "slot " + settings.slot() + " keeps " + Amounts.bytes(kept) + " of the log, --max-retained-wal is "
                + Amounts.bytes(limit.bytes()) + consequence;
    }

    /** Whether it has ended the run. */
    boolean hasEnded() {
        return endedWith != 0;
    }

    /**
     * To be called when nothing of the run reads the slot any more.
     *
     * @throws ConfigurationException if it has ended the run: says why, what became of the slot, and how to go on
     */
    void finish() {
        if (!hasEnded()) {
            return;
        }
        String what = "slot " + settings.slot() + " made the server keep " + Amounts.bytes(endedWith)
                + " of its log, --max-retained-wal is " + Amounts.bytes(limit.bytes());
        if (limit.action() == OnMaxWal.DROP_SLOT) {
            throw new ConfigurationException(what + drop());
        }
        throw new ConfigurationException(what
                + "; the slot is still there and goes on keeping it"
                + "\n  start again when what held it up is mended: a run that catches up is not ended,"
                + "\n  or give the copy up:  bottledwater drop");
    }

    private String drop() {
        try (Postgres postgres = Postgres.connect(settings.postgres())) {
            Slots slots = new Slots(postgres);
            String position = slots.find(settings.slot())
                    .map(slot -> Lsn.toString(slot.confirmedFlushLsn()))
                    .orElse("its end");
            slots.drop(settings.slot());
            return "; the slot was dropped, and what was written since " + position + " is not in Kafka"
                    + (settings.slotPolicy().onLost() == OnLostSlot.RESNAPSHOT
                            ? "\n  start again: every table is copied again (--on-lost-slot=resnapshot)"
                            : "\n  copy everything again:  start with --on-lost-slot=resnapshot");
        } catch (ConnectionException | ConfigurationException e) {
            return "; the slot should be dropped, but: " + e.getMessage()
                    + "\n  drop it:  SELECT pg_drop_replication_slot('" + settings.slot() + "');";
        }
    }
}
