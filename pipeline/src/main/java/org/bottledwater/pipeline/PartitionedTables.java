package org.bottledwater.pipeline;

/** Where the rows of a partitioned table go ({@code --partitioned}). */
public enum PartitionedTables {
    /** All into one topic, that of the partitioned table; the header {@code pg.partition} names the partition. */
    ROOT,
    /** Each partition into a topic of its own. */
    LEAF
}
