package org.bottledwater.pipeline;

import java.util.Optional;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Timeline;

/**
 * What a start finds: all that a {@link StartPlan} is made from.
 *
 * @param server what is read from
 * @param publications those of ours that a slot of pgoutput needs
 * @param copiedBefore whether this very run has gone on from a checkpoint already
 */
record Found(
        Server server, Optional<Slot> slot, OwnPublications publications, CheckpointState state, boolean copiedBefore) {

    /** Asks the server for what is not known yet. */
    static Found by(
            Settings settings, Postgres postgres, Optional<Slot> slot, CheckpointState state, boolean copiedBefore) {
        Server server =
                new Server(postgres.systemIdentifier(), postgres.database(), postgres.walEnd(), postgres.timeline());
        return new Found(server, slot, OwnPublications.of(settings, slot, postgres), state, copiedBefore);
    }

    /** @param walLsn where the server's log ends now */
    record Server(String systemIdentifier, String database, long walLsn, Timeline timeline) {}

    enum OwnPublications {
        /** The slot's plugin knows none, or the user's own is used. */
        NOT_NEEDED,
        THERE,
        /** One at least is missing. */
        MISSING;

        static OwnPublications of(Settings settings, Optional<Slot> slot, Postgres postgres) {
            boolean needed = slot.isPresent()
                    && slot.get().plugin().equals(Plugin.PGOUTPUT.sqlName())
                    && settings.publication().isEmpty();
            if (!needed) {
                return NOT_NEEDED;
            }
            Publications publications = new Publications(postgres, settings.slot());
            return publications.existing().size() < publications.names().size() ? MISSING : THERE;
        }
    }
}
