package org.bottledwater.pipeline;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.bottledwater.change.TableName;

/** What has been sent of a table since the program was started. Any thread. */
public final class TableStatus {
    private final TableName table;
    private final LongAdder messages = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private volatile String topic = "";
    private volatile int schemaId;
    private final AtomicLong changedAt = new AtomicLong();
    private volatile long expectedRows;
    private volatile CopyState copy = CopyState.NONE;

    /** How far its copy is. */
    public enum CopyState {
        /** None was needed. */
        NONE,
        WAITING,
        DONE
    }

    TableStatus(TableName table) {
        this.table = table;
    }

    /** Its rows go there, with this schema; the id is 0 where there is no registry. */
    void routed(String newTopic, int newSchemaId) {
        topic = newTopic;
        schemaId = newSchemaId;
    }

    void copyWaits(long estimatedRows) {
        expectedRows = estimatedRows;
        copy = CopyState.WAITING;
    }

    void copyIsDone() {
        copy = CopyState.DONE;
    }

    /** A message of so many bytes, key and value, was handed to Kafka's client; {@code time} in milliseconds since 1970. */
    void sent(long length, long time) {
        messages.increment();
        bytes.add(length);
        // Nobody needs to see it at once, and a row is to cost no fence.
        changedAt.lazySet(time);
    }

    public TableName table() {
        return table;
    }

    /** Empty as long as nothing was sent. */
    public String topic() {
        return topic;
    }

    /** The registry's id of the value's schema, 0 if there is none. */
    public int schemaId() {
        return schemaId;
    }

    public long messages() {
        return messages.sum();
    }

    public long bytes() {
        return bytes.sum();
    }

    /** The commit time of the last change, or the time of the copy, in milliseconds since 1970; 0 if there was none. */
    public long changedAt() {
        return changedAt.get();
    }

    /** The server's own estimate of the rows to copy. */
    public long expectedRows() {
        return expectedRows;
    }

    public CopyState copy() {
        return copy;
    }
}
