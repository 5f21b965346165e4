package org.bottledwater.pipeline;

import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.ConnectOffsets;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.pipeline.Found.OwnPublications;
import org.bottledwater.postgres.Slot;

/**
 * What a run has to do first, as it follows from the checkpoint, the slot and the server's log alone. The existence of a
 * slot proves nothing about a snapshot; the checkpoint says what was wanted before the slot was made, and what was
 * finished.
 */
sealed interface StartPlan {
    /** The property of a checkpoint that says on which timeline of the server its position is. */
    String TIMELINE = "timeline";

    /** There is no slot yet: make one. */
    record CreateSlot() implements StartPlan {}

    /** Somebody else made the slot: stream from where it stands, without a snapshot. */
    record AdoptSlot() implements StartPlan {}

    /** Copy the tables that are not complete yet, then stream from {@code lsn}. */
    record Resume(long lsn) implements StartPlan {}

    /** The log cannot be read on from where the copy stands: make a new slot and copy everything again. */
    record CopyAnew(String reason) implements StartPlan {}

    /** The only copy is complete, and its slot is gone already: what else was made for it is to go, too. */
    record Finish() implements StartPlan {}

    /** In the checkpoint's properties: the slot is to go when the copy is complete. */
    Map<String, String> ONLY = Map.of("snapshot", "only");

    /**
     * Decides.
     *
     * @throws ConfigurationException when the position is lost and a person has to say what to do about it, or when the
     *     checkpoint is that of another database
     */
    static StartPlan of(Settings settings, Found found) {
        requireSlotOfThisDatabase(settings, found);
        requireNoFollowedSlot(settings, found);
        if (found.state().checkpoint().isEmpty()) {
            return begin(settings, found);
        }
        Checkpoint last = found.state().checkpoint().get();
        requireSameDatabase(settings, found, last);
        requireNotHandedOver(settings, last);
        Optional<String> loss = lossOfLog(found, last);
        if (loss.isPresent()) {
            requireNoFormerPrimary(settings, found, last, loss.get());
            return lost(settings, loss.get(), "or go back to the server that was copied:  --postgres");
        }
        if (settings.snapshot() == SnapshotMode.NEVER && isUnfinished(last.snapshot())) {
            throw new ConfigurationException("the snapshot of slot " + settings.slot()
                    + " was begun and is not finished: --snapshot=never would leave the copy incomplete for ever"
                    + "\n  start without it to finish the copy,"
                    + "\n  or give it up and begin anew:  bottledwater drop");
        }
        boolean wanted = last.snapshot() == SnapshotState.WANTED;
        if (found.slot().isEmpty()) {
            if (settings.snapshot() == SnapshotMode.ONLY && isOnly(last) && last.snapshot() == SnapshotState.COMPLETE) {
                return new Finish();
            }
            return wanted
                    ? new CreateSlot()
                    : lost(
                            settings,
                            "slot " + settings.slot() + " is gone: what was written since " + Lsn.toString(last.lsn())
                                    + " cannot be had from the log");
        }
        // A crash between the slot's creation and the next checkpoint: its confirmed position is where it began.
        Slot slot = found.slot().get();
        long lsn = wanted ? slot.confirmedFlushLsn() : last.lsn();
        Optional<String> lossOfSlot = lossOfSlot(slot, lsn);
        if (lossOfSlot.isPresent()) {
            return lost(settings, lossOfSlot.get());
        }
        return found.publications() == OwnPublications.MISSING ? withoutPublications(settings) : new Resume(lsn);
    }

    private static StartPlan begin(Settings settings, Found found) {
        // With a slot of ours its checkpoint is written first. Who wants no snapshot may have been killed in between.
        boolean ours = found.publications() == OwnPublications.THERE && settings.snapshot() != SnapshotMode.NEVER;
        if (found.copiedBefore() || ours) {
            return lost(
                    settings,
                    "the checkpoint of slot " + settings.slot()
                            + " is gone from Kafka: nothing says what was copied, and up to where",
                    "or go on where the slot stands, if the copy is complete:  --snapshot=never");
        }
        if (found.slot().isEmpty()) {
            return new CreateSlot();
        }
        if (found.publications() == OwnPublications.MISSING) {
            return withoutPublications(settings);
        }
        return new AdoptSlot();
    }

    /** A publication has to exist where the slot begins: pgoutput looks for it in the catalog of that time. */
    private static StartPlan withoutPublications(Settings settings) {
        return lost(
                settings,
                "slot " + settings.slot() + " is older than the publications that its plugin pgoutput would need:"
                        + " changes from before them cannot be read",
                "or use the publication that was there when it was made:  --publication=NAME");
    }

    private static StartPlan lost(Settings settings, String what) {
        return lost(
                settings,
                what,
                "or go on without what is missing:  bottledwater drop, then start with --snapshot=never");
    }

    /** @param otherWay what a person may do if everything is not to be copied again */
    private static StartPlan lost(Settings settings, String what, String otherWay) {
        if (settings.slotPolicy().onLost() == OnLostSlot.RESNAPSHOT) {
            return new CopyAnew(what);
        }
        throw new ConfigurationException(what + "\n  copy everything again:  --on-lost-slot=resnapshot\n  " + otherWay);
    }

    static boolean isOnly(Checkpoint checkpoint) {
        return checkpoint.properties().entrySet().containsAll(ONLY.entrySet());
    }

    private static void requireNotHandedOver(Settings settings, Checkpoint last) {
        if (ConnectOffsets.isHandedOver(last)) {
            throw new ConfigurationException("slot " + settings.slot() + " was handed to Kafka Connect"
                    + (ConnectOffsets.isFollowed(last) ? ", which has come to " : " at ") + Lsn.toString(last.lsn())
                    + "\n  to go on here, stop the connector and take its offsets (GET /connectors/NAME/offsets):"
                    + "  bottledwater checkpoint import FILE"
                    + "\n  to begin anew here, delete the connector, and:  bottledwater drop");
        }
    }

    private static void requireNoFollowedSlot(Settings settings, Found found) {
        if (settings.snapshot() == SnapshotMode.ONLY
                && found.slot().isPresent()
                && found.state().checkpoint().filter(StartPlan::isOnly).isEmpty()) {
            throw new ConfigurationException("slot " + settings.slot()
                    + " is there to follow changes, and --snapshot=only would drop it when the copy is complete"
                    + "\n  choose another name for this copy:  --slot=NAME"
                    + "\n  or copy anew and go on following:  --snapshot=always");
        }
    }

    private static boolean isUnfinished(SnapshotState snapshot) {
        return snapshot == SnapshotState.WANTED || snapshot == SnapshotState.COPYING;
    }

    private static void requireSlotOfThisDatabase(Settings settings, Found found) {
        found.slot()
                .filter(slot -> !slot.database().equals(found.server().database()))
                .ifPresent(slot -> {
                    throw new ConfigurationException("slot " + settings.slot()
                            + " belongs to another database: database="
                            + slot.database() + " connected=" + found.server().database()
                            + "\n  choose another name with --slot, or connect to that database");
                });
    }

    private static void requireSameDatabase(Settings settings, Found found, Checkpoint last) {
        Found.Server server = found.server();
        if (!last.systemIdentifier().equals(server.systemIdentifier())
                || !last.database().equals(server.database())) {
            throw new ConfigurationException("the checkpoint of slot " + settings.slot()
                    + " is that of another database: checkpoint=" + last.systemIdentifier() + "/" + last.database()
                    + " connected=" + server.systemIdentifier() + "/" + server.database()
                    + "\n  check --postgres; for a second database on the same Kafka choose another --slot;"
                    + "\n  to begin anew with this one:  bottledwater drop");
        }
    }

    /**
     * Whether the server's log has what was copied. If not, it would skip, in silence, whatever it writes until it is
     * where the copy was; and what it never had stays in Kafka.
     */
    private static Optional<String> lossOfLog(Found found, Checkpoint last) {
        Found.Server server = found.server();
        // A copy that is not complete may show more than what the stream had come to.
        long furthest = last.lsn();
        for (TableProgress table : found.state().tables().values()) {
            furthest = Lsn.max(furthest, table.lsn());
        }
        if (Lsn.isBefore(server.walLsn(), furthest)) {
            return Optional.of("the server has less log than was read from it: server="
                    + Lsn.toString(server.walLsn()) + " checkpoint=" + Lsn.toString(furthest)
                    + "; was it restored from a backup, or did a standby take over that lagged behind?");
        }
        int timeline = timeline(last);
        if (timeline != 0 && !server.timeline().holds(timeline, furthest)) {
            return Optional.of("the server's history is not the one that was copied: timeline="
                    + server.timeline().id() + " checkpoint=" + Lsn.toString(furthest) + " of timeline " + timeline
                    + branch(server, timeline)
                    + "; was it restored from a backup, did a standby take over that lagged behind, or is it a former"
                    + " primary?");
        }
        return Optional.empty();
    }

    private static int timeline(Checkpoint checkpoint) {
        return Integer.parseInt(checkpoint.properties().getOrDefault(TIMELINE, "0"));
    }

    /** Of several hosts another one has what was copied: whatever is asked for, this one is not to be copied instead. */
    private static void requireNoFormerPrimary(Settings settings, Found found, Checkpoint last, String loss) {
        if (settings.postgres().hosts().size() > 1 && found.server().timeline().id() < timeline(last)) {
            throw new ConfigurationException(
                    loss + "\n  of the hosts of --postgres, leave only those that may be copied");
        }
    }

    private static String branch(Found.Server server, int timeline) {
        return server.timeline().past().stream()
                .filter(branch -> branch.id() == timeline)
                .findFirst()
                .map(branch -> ", which it left at " + Lsn.toString(branch.end()))
                .orElse("");
    }

    private static Optional<String> lossOfSlot(Slot slot, long lsn) {
        if (slot.isLost()) {
            return Optional.of("slot " + slot.name() + " was invalidated: the server gave up what was not read yet, "
                    + switch (slot.lostBy()) {
                        case "", "wal_removed" -> "it was more than max_slot_wal_keep_size";
                        case "idle_timeout" -> "nobody had read it for idle_replication_slot_timeout";
                        case "wal_level_insufficient" -> "wal_level was not logical for a while";
                        default -> "invalidation_reason=" + slot.lostBy();
                    });
        }
        long position = positionOf(slot);
        if (lsn != Lsn.INVALID && Lsn.isBefore(lsn, position)) {
            return Optional.of(
                    "slot " + slot.name() + " was advanced, or dropped and made anew, by somebody else: slot="
                            + Lsn.toString(position) + " checkpoint=" + Lsn.toString(lsn)
                            + "; what was written in between is lost");
        }
        return Optional.empty();
    }

    /** What comes before it cannot be read from the slot any more. */
    static long positionOf(Slot slot) {
        // Before 9.6 only this is known of it, and that of a slot in use lies before its position.
        return slot.confirmedFlushLsn() == Lsn.INVALID ? slot.restartLsn() : slot.confirmedFlushLsn();
    }
}
