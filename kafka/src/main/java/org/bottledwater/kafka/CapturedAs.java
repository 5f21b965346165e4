package org.bottledwater.kafka;

/**
 * How a table was captured when its rows were copied: what its topic depends on beside the rows. If one of the two has
 * changed, the topic is no longer the table, and the table is copied again.
 *
 * @param key the columns of the message key and their Avro types; {@link #NO_KEY}, or empty if unknown
 * @param published the identity of the table's place in its publication; empty if unknown, or if there is none
 */
public record CapturedAs(String key, String published) {
    /** As an older release wrote it, or of a table that has no key and is in no publication. */
    public static final CapturedAs UNKNOWN = new CapturedAs("", "");

    /** In place of a key: the table has none. */
    public static final String NO_KEY = "-";

    /** The same, and for what is unknown of it what the other knows. */
    public CapturedAs or(CapturedAs other) {
        return new CapturedAs(key.isEmpty() ? other.key : key, published.isEmpty() ? other.published : published);
    }

    /** Whether nothing that is known of both is different. */
    public boolean agreesWith(CapturedAs other) {
        return agree(key, other.key) && agree(published, other.published);
    }

    private static boolean agree(String mine, String theirs) {
        return mine.isEmpty() || theirs.isEmpty() || mine.equals(theirs);
    }
}
