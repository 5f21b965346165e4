package org.bottledwater.change;

/** What an UPDATE or DELETE tells of the old row (manual, "ALTER TABLE … REPLICA IDENTITY"). */
public enum ReplicaIdentity {
    /** The columns of the primary key, if there is one. */
    DEFAULT('d'),
    /** Nothing. */
    NOTHING('n'),
    /** The whole row. */
    FULL('f'),
    /** The columns of a chosen unique index. */
    INDEX('i');

    private final char code;

    ReplicaIdentity(char code) {
        this.code = code;
    }

    /** The letter in {@code pg_class.relreplident} and in pgoutput's Relation message. */
    public char code() {
        return code;
    }

    /** @throws IllegalArgumentException for a letter that PostgreSQL does not document */
    public static ReplicaIdentity of(char code) {
        for (ReplicaIdentity identity : values()) {
            if (identity.code == code) {
                return identity;
            }
        }
        throw new IllegalArgumentException("unknown replica identity: code=" + code);
    }
}
