package org.bottledwater.pipeline;

/** What a run does when the log cannot be read on from where the copy stands ({@code --on-lost-slot}). */
public enum OnLostSlot {
    /** It ends, and says what happened and what the ways on are. */
    EXIT,
    /** It makes a new slot and copies every table again. */
    RESNAPSHOT
}
