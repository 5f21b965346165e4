package org.bottledwater.kafka;

/** Whether the copy began with the rows that were there before. */
public enum SnapshotState {
    /** Not asked for: the slot was there already, or the user skips the snapshot. */
    NONE,
    /** Asked for; nothing of it is in Kafka. */
    WANTED,
    /** Some of it is in Kafka. */
    COPYING,
    /** All of it is in Kafka. */
    COMPLETE
}
