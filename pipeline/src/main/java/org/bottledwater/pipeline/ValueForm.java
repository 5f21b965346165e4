package org.bottledwater.pipeline;

/** What the value of a message is ({@code --value}). */
public enum ValueForm {
    /** The row as it is. */
    ROW,
    /** An envelope: the row before and after, and where the change comes from. */
    CHANGE
}
