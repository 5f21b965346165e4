package org.bottledwater.change;

/** What a change tells of the row as it was before. */
public enum OldRow {
    /** Nothing: the key did not change, or the table has no replica identity. */
    ABSENT,
    /** The columns of the replica identity; the others are {@link ColumnState#NULL}. */
    KEY,
    /** The whole row ({@link ReplicaIdentity#FULL}). */
    FULL
}
