package org.bottledwater.connect;

import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record as the worker gets it. The worker keeps every record of a transaction until that is committed, to say so; what
 * it has sent already it does not look at again, so that the content need not be kept with it.
 */
final class Dispatch extends SourceRecord {
    private static final long serialVersionUID = 1;

    private transient @Nullable Object key;
    private transient @Nullable Object value;
    private final transient @Nullable End end;

    /** Key or value, and its schema. */
    record Content(@Nullable Schema schema, @Nullable Object content) {
        static final Content NONE = new Content(null, null);
    }

    // The superclass takes null for what is missing.
    @SuppressWarnings("NullAway")
    Dispatch(Parcel parcel, Content key, Content value, @Nullable Long timestamp, Iterable<Header> headers) {
        super(
                parcel.partition(),
                parcel.offset(),
                parcel.topic(),
                null,
                key.schema(),
                null,
                value.schema(),
                null,
                timestamp,
                headers);
        this.key = key.content();
        this.value = value.content();
        this.end = parcel.end();
    }

    @Override
    public @Nullable Object key() {
        return key;
    }

    @Override
    public @Nullable Object value() {
        return value;
    }

    @Nullable
    End end() {
        return end;
    }

    /** It has been sent. */
    void release() {
        key = null;
        value = null;
    }

    /** The worker remembers records in maps: no two are the same. */
    @Override
    @SuppressWarnings("ReferenceEquality")
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    /** For the worker's log: what is in a row is nobody's business there. */
    @Override
    public String toString() {
        return "record of topic " + topic() + " at " + Map.copyOf(sourcePartition());
    }
}
