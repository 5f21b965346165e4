package org.bottledwater.kafka;

/**
 * A topic as it was when it was looked up.
 *
 * @param maxMessageBytes the topic's {@code max.message.bytes}: the largest batch that it takes, after compression
 * @param storedUncompressed whether the broker unpacks what it gets, so that the limit applies to the unpacked size
 * @param compacted whether it is compacted, so that it takes no message without key
 * @param timestamps which record timestamps it takes
 * @param exists false if the topic is missing and may not be created
 */
public record Topic(
        String name,
        int maxMessageBytes,
        boolean storedUncompressed,
        boolean compacted,
        TimestampRange timestamps,
        boolean exists) {
    /** One of which nothing else is known. */
    public Topic(String name, int maxMessageBytes, boolean storedUncompressed, boolean compacted, boolean exists) {
        this(name, maxMessageBytes, storedUncompressed, compacted, TimestampRange.DEFAULT, exists);
    }

    public static Topic missing(String name) {
        return new Topic(name, 0, false, false, false);
    }
}
