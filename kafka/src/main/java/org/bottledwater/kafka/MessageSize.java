package org.bottledwater.kafka;

import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * Tells beforehand whether a message fits, as the broker measures it: a message alone in its batch, after compression.
 * Finding out afterwards would cost the whole Kafka transaction.
 */
final class MessageSize {
    /** For a batch's frame and headers as they are usual here; a message that comes near the limit is measured. */
    private static final int ROOM = 4096;

    private final Compression compression;
    private final int producerLimit;

    /** @param config of the producer, in force */
    MessageSize(ProducerConfig config) {
        this.compression = Compression.of(config.getString(ProducerConfig.COMPRESSION_TYPE_CONFIG))
                .build();
        // The producer measures before it compresses, and a message must fit into its buffer.
        this.producerLimit = (int) Math.min(
                config.getInt(ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
                config.getLong(ProducerConfig.BUFFER_MEMORY_CONFIG));
    }

    /** @throws UndeliverableException if the message does not fit */
    void check(Topic topic, byte @Nullable [] key, byte @Nullable [] value, Iterable<Header> headers) {
        int limit = Math.min(topic.maxMessageBytes(), producerLimit);
        if ((long) InFlight.cost(key, value) + ROOM <= limit) {
            return;
        }
        Header[] array = new RecordHeaders(headers).toArray();
        int produced = AbstractRecords.estimateSizeInBytesUpperBound(
                RecordBatch.CURRENT_MAGIC_VALUE, compression.type(), key, value, array);
        if (produced > producerLimit) {
            throw new UndeliverableException("message too large: topic=" + topic.name() + " bytes=" + produced
                    + " limit=" + producerLimit + "; raise -C max.request.size and -C buffer.memory, and the topic's"
                    + " max.message.bytes");
        }
        Compression stored = topic.storedUncompressed() ? Compression.NONE : compression;
        int batch = MemoryRecords.withRecords(stored, new SimpleRecord(0, key, value, array))
                .sizeInBytes();
        if (batch > topic.maxMessageBytes()) {
            throw new UndeliverableException("message too large: topic=" + topic.name() + " bytes=" + batch + " limit="
                    + topic.maxMessageBytes() + "; raise the topic's max.message.bytes");
        }
    }
}
