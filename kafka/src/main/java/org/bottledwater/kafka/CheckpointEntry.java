package org.bottledwater.kafka;

/** A record of the checkpoint topic: something to be remembered under a key, or forgotten. */
public sealed interface CheckpointEntry permits Checkpoint, TableProgress, CopyRequest, CheckpointEntry.Gone {
    /** The record's key. */
    String key();

    /** What makes Kafka forget this entry. */
    default CheckpointEntry gone() {
        return new Gone(key());
    }

    /** A tombstone. */
    record Gone(String key) implements CheckpointEntry {}
}
