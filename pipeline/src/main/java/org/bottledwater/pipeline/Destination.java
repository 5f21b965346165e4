package org.bottledwater.pipeline;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.Schemas;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TopicLookup;

/**
 * Where the messages of one attempt go, and where it is remembered how far they have come: Kafka, by our own producer or by
 * somebody else's. Closing it closes what it has opened.
 */
public interface Destination extends AutoCloseable {
    /** @throws org.bottledwater.change.ConnectionException if nobody answers */
    void reach();

    /** Where schemas are known, which has answered; nothing if the format needs none. */
    Optional<Schemas> schemas();

    TopicLookup topics();

    /** Opens the sink, which fences every other of the same slot, so that the checkpoint read after it is the last. */
    Sink sink();

    /**
     * Whether somebody has asked since for tables to be copied once more. To be opened before the checkpoint is read, so
     * that nothing falls in between.
     */
    BooleanSupplier requests();

    /** What is remembered of the slot. Without an own sink open, somebody else's transaction may just be changing it. */
    CheckpointState checkpoint();

    /** Who copies the tables together with this one. */
    default Companions companions() {
        return Companions.NONE;
    }

    @Override
    void close();
}
