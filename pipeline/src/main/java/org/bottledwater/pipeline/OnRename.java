package org.bottledwater.pipeline;

/** What becomes of the topic of a table that is renamed, or moved to another schema: {@code --on-rename}. */
public enum OnRename {
    /** It stays the topic of the table, under the name of before, until another table has that name. */
    KEEP,
    /** It is left: its rows get null values, and the table is copied into the topic of its new name. */
    COPY
}
