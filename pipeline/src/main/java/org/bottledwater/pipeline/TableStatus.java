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
    private volatile Copy copy = Copy.NONE;

    /** How far its copy is. */
    public enum CopyState {
        /** None was needed. */
        NONE,
        WAITING,
        DONE
    }

    /**
     * What a copy was told and where it began, or what it came to.
     *
     * @param parts how many tables are not complete of those whose rows count here: several if they are partitions
     * @param rows the messages at its beginning; once it is done, how many rows it had
     */
    private record Copy(CopyState state, int parts, long expected, long rows, long bytes) {
        static final Copy NONE = new Copy(CopyState.NONE, 0, 0, 0, 0);
    }

    TableStatus(TableName table) {
        this.table = table;
    }

    /** Its rows go there, with this schema; the id is 0 where there is no registry. */
    void routed(String newTopic, int newSchemaId) {
        topic = newTopic;
        schemaId = newSchemaId;
    }

    /** So many rows in so many tables are to be copied. */
    synchronized void copyWaits(long estimatedRows, int parts) {
        copy = new Copy(CopyState.WAITING, parts, estimatedRows, messages(), bytes());
    }

    /** One of those tables is complete. */
    synchronized void copiedPart() {
        Copy now = copy;
        if (now.parts() > 1) {
            copy = new Copy(now.state(), now.parts() - 1, now.expected(), now.rows(), now.bytes());
        } else {
            copyIsDone();
        }
    }

    synchronized void copyIsDone() {
        if (copy.state() == CopyState.WAITING) {
            copy = new Copy(CopyState.DONE, 0, copy.expected(), copiedRows(), copiedBytes());
        }
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
        return copy.expected();
    }

    /** How many rows of the copy were sent. */
    public long copiedRows() {
        Copy now = copy;
        return soFar(now, now.rows(), messages());
    }

    /** How many bytes they have. */
    public long copiedBytes() {
        Copy now = copy;
        return soFar(now, now.bytes(), bytes());
    }

    private static long soFar(Copy now, long noted, long total) {
        return now.state() == CopyState.WAITING ? Math.max(0, total - noted) : noted;
    }

    public CopyState copy() {
        return copy.state();
    }
}
