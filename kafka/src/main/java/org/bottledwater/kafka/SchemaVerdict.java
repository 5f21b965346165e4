package org.bottledwater.kafka;

/**
 * What a registry would make of a schema.
 *
 * @param text for people: how it differs from the latest version, and for a refusal also the reason and the ways on;
 *     empty if there is nothing to tell
 */
public record SchemaVerdict(Kind kind, String text) {
    /** From harmless to not. */
    public enum Kind {
        UNCHANGED,
        NEW,
        COMPATIBLE,
        REFUSED
    }
}
