package org.bottledwater.connect;

import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way to the worker, as the command line would send it.
 *
 * @param timestamp in milliseconds since 1970; if negative, Kafka gets the present time
 * @param end of the transaction that this message is the last one of
 */
// They are handed on, and nobody compares them.
@SuppressWarnings("ArrayRecordComponent")
record Parcel(
        String topic,
        byte @Nullable [] key,
        byte @Nullable [] value,
        long timestamp,
        Iterable<Header> headers,
        Map<String, String> partition,
        @Nullable Map<String, Object> offset,
        Kind kind,
        @Nullable End end) {
    /** What a message costs beside its key and value; also makes an empty one count. */
    private static final long OVERHEAD = 128;

    /** What it tells. */
    enum Kind {
        ROW,
        /** How far the copy has come: text, whatever the rows are. */
        CHECKPOINT,
        /** What an application wrote into the log: bytes, whatever the rows are. */
        MESSAGE
    }

    long cost() {
        return OVERHEAD + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    }
}
