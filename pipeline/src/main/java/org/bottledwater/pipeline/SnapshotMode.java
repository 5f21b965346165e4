package org.bottledwater.pipeline;

/** What becomes of the rows that are there when a run begins: {@code --snapshot}. */
public enum SnapshotMode {
    /** They are copied once, before the changes. */
    INITIAL,
    /** Only changes are sent. */
    NEVER,
    /** They are copied with each start of the program; a copy that was cut short is finished instead. */
    ALWAYS,
    /** They are copied, and the run ends; nothing stays on the server. */
    ONLY
}
