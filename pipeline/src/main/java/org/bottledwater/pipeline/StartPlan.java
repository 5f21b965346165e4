package org.bottledwater.pipeline;

import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.postgres.Slot;

/**
 * What a run has to do first, as it follows from the checkpoint and the slot alone. The existence of a slot proves
 * nothing about a snapshot; the checkpoint says what was wanted before the slot was made, and what was finished.
 */
sealed interface StartPlan {
    /** There is no slot yet: make one. */
    record CreateSlot() implements StartPlan {}

    /** Somebody else made the slot: stream from where it stands, without a snapshot. */
    record AdoptSlot() implements StartPlan {}

    /** Copy the tables that are not complete yet, then stream from {@code lsn}. */
    record Resume(long lsn) implements StartPlan {}

    /**
     * Decides.
     *
     * @param asked what this run is told
     * @throws ConfigurationException when the position is lost, or the checkpoint is that of another database
     */
    static StartPlan of(Asked asked, Optional<Checkpoint> checkpoint, Optional<Slot> slot) {
        if (slot.isPresent() && !slot.get().database().equals(asked.database())) {
            throw new ConfigurationException("slot " + asked.slot() + " belongs to another database: database="
                    + slot.get().database() + " connected=" + asked.database()
                    + "\n  choose another name with --slot, or connect to that database");
        }
        if (checkpoint.isEmpty()) {
            return slot.isPresent() ? new AdoptSlot() : new CreateSlot();
        }
        Checkpoint last = checkpoint.get();
        requireSameDatabase(asked, last);
        requireNotBehind(asked, last);
        if (asked.skipSnapshot() && isUnfinished(last.snapshot())) {
            throw new ConfigurationException("the snapshot of slot " + asked.slot()
                    + " was begun and is not finished: --skip-snapshot would leave the copy incomplete for ever"
                    + "\n  start without --skip-snapshot to finish it,"
                    + "\n  or give it up and begin anew:  bottledwater drop");
        }
        if (slot.isEmpty()) {
            if (last.snapshot() == SnapshotState.WANTED) {
                return new CreateSlot();
            }
            throw new ConfigurationException("slot " + asked.slot()
                    + " is gone: what was written since " + Lsn.toString(last.lsn()) + " cannot be had from the log"
                    + "\n  begin anew with a new snapshot:  bottledwater drop, then start again");
        }
        // A crash between the slot's creation and the next checkpoint: its confirmed position is where it began.
        long lsn = last.snapshot() == SnapshotState.WANTED ? slot.get().confirmedFlushLsn() : last.lsn();
        requireNotAdvanced(asked, lsn, slot.get());
        return new Resume(lsn);
    }

    /** What a run is told and finds, as far as the plan goes; {@code walLsn} is where the server's log ends now. */
    record Asked(String slot, String systemIdentifier, String database, long walLsn, boolean skipSnapshot) {}

    private static boolean isUnfinished(SnapshotState snapshot) {
        return snapshot == SnapshotState.WANTED || snapshot == SnapshotState.COPYING;
    }

    private static void requireSameDatabase(Asked asked, Checkpoint last) {
        if (!last.systemIdentifier().equals(asked.systemIdentifier())
                || !last.database().equals(asked.database())) {
            throw new ConfigurationException("the checkpoint of slot " + asked.slot()
                    + " is that of another database: checkpoint=" + last.systemIdentifier() + "/" + last.database()
                    + " connected=" + asked.systemIdentifier() + "/" + asked.database()
                    + "\n  check --postgres; for a second database on the same Kafka choose another --slot;"
                    + "\n  to begin anew with this one:  bottledwater drop");
        }
    }

    /** The server would skip, in silence, whatever it writes until it is where it was before. */
    private static void requireNotBehind(Asked asked, Checkpoint last) {
        if (Lsn.isBefore(asked.walLsn(), last.lsn())) {
            throw new ConfigurationException("the server has less log than was read from it: server="
                    + Lsn.toString(asked.walLsn()) + " checkpoint=" + Lsn.toString(last.lsn())
                    + "; was it restored from a backup, or did a standby take over that lagged behind?"
                    + "\n  begin anew with a new snapshot:  bottledwater drop, then start again");
        }
    }

    private static void requireNotAdvanced(Asked asked, long lsn, Slot slot) {
        if (slot.walStatus().equals("lost")) {
            throw new ConfigurationException("slot " + asked.slot()
                    + " was invalidated: the server removed log that was not read yet (max_slot_wal_keep_size)"
                    + "\n  begin anew with a new snapshot:  bottledwater drop, then start again");
        }
        if (Lsn.isBefore(lsn, slot.confirmedFlushLsn())) {
            throw new ConfigurationException("slot " + asked.slot() + " was advanced by somebody else: slot="
                    + Lsn.toString(slot.confirmedFlushLsn()) + " checkpoint=" + Lsn.toString(lsn)
                    + "; what was written in between is lost"
                    + "\n  begin anew with a new snapshot:  bottledwater drop, then start again");
        }
    }
}
