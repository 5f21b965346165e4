package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.header.Header;
import org.bottledwater.avro.ChangeEncoder;
import org.bottledwater.avro.Operation;
import org.bottledwater.avro.Origin;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.kafka.Inlet;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.Topic;
import org.jspecify.annotations.Nullable;

/** Where the rows of one version of a table go, and how they are encoded. */
final class Outlet implements Route {
    private static final AtomicInteger SERIALS = new AtomicInteger();

    private final int serial = SERIALS.incrementAndGet();
    private final Relation relation;
    private final Topic topic;
    private final RowEncoder encoder;
    private final Optional<ChangeEncoder> envelopes;
    private final Optional<TableName> partition;
    private final int[] hidden;
    private final TableStatus status;
    private List<Header> plain = List.of();
    private List<Header> withPartition = List.of();

    /** @param hidden the columns of a row that are not sent */
    Outlet(Relation relation, Topic topic, RowEncoder encoder, ValueForm form, int[] hidden, TableStatus status) {
        this(relation, topic, encoder, form, Optional.empty(), hidden, status);
    }

    /** The topic is that of the partitioned table {@code relation}; its messages tell of which partition they are. */
    Outlet(
            Relation relation,
            Topic topic,
            RowEncoder encoder,
            ValueForm form,
            TableName partition,
            int[] hidden,
            TableStatus status) {
        this(relation, topic, encoder, form, Optional.of(partition), hidden, status);
    }

    private Outlet(
            Relation relation,
            Topic topic,
            RowEncoder encoder,
            ValueForm form,
            Optional<TableName> partition,
            int[] hidden,
            TableStatus status) {
        this.relation = relation;
        this.topic = topic;
        this.encoder = encoder;
        this.envelopes = form == ValueForm.CHANGE ? Optional.of(new ChangeEncoder(encoder)) : Optional.empty();
        this.partition = partition;
        this.hidden = hidden.clone();
        this.status = status;
    }

    Relation relation() {
        return relation;
    }

    Topic topic() {
        return topic;
    }

    /** The partition whose rows these are, if they go to the topic of the partitioned table. */
    Optional<TableName> partition() {
        return partition;
    }

    boolean isKeyed() {
        return relation.isKeyed();
    }

    /** A large value that is not sent need not be looked for. */
    void passOverHidden(Tuple row) {
        for (int column : hidden) {
            if (row.state(column) == ColumnState.UNCHANGED) {
                row.set(column, ColumnState.NULL);
            }
        }
    }

    /** Whether the table has columns of composite types. */
    boolean hasComposites() {
        return encoder.hasComposites();
    }

    /** Whether the row has the composite types as they were looked up. */
    boolean fits(Tuple row) {
        return encoder.fits(row);
    }

    /** Whether the row can be sent only if the source says it in text. */
    boolean needsText(Tuple row) {
        return encoder.needsText(row);
    }

    /** The rows that follow are of this transaction. */
    void begin(int xid) {
        encoder.begin(xid);
    }

    /** Whether a column of a row is not sent. */
    boolean isHidden(int column) {
        for (int each : hidden) {
            if (each == column) {
                return true;
            }
        }
        return false;
    }

    /** Tells the versions of tables apart. */
    int serial() {
        return serial;
    }

    byte[] key(Tuple row) {
        return encoder.key(row);
    }

    /** Whether what happens to a row is told in an envelope. */
    boolean hasEnvelopes() {
        return envelopes.isPresent();
    }

    /** Sends a row of a copy under its key, or without one if the table has none. */
    void sendCopied(Inlet inlet, Tuple row, CopyJob job) {
        byte[] key = keyOrNull(row);
        byte[] value = envelopes.isPresent()
                ? envelopes.get().encode(Operation.READ, null, row, job.origin(), Origin.UNKNOWN)
                : encoder.value(row);
        send(inlet, key, value, job.timestamp(), job.headers());
    }

    /**
     * Sends a row that was inserted or updated.
     *
     * @param before the row as it was, as far as that is known
     */
    void send(
            Sink sink,
            Operation operation,
            @Nullable Tuple before,
            Tuple row,
            Transaction transaction,
            List<Header> headers) {
        byte[] key = keyOrNull(row);
        byte[] value = envelopes.isPresent()
                ? envelopes.get().encode(operation, before, row, transaction.origin(), transaction.next())
                : encoder.value(row);
        send(sink, key, value, transaction.timestamp(), headers);
        transaction.sent(topic, 1);
    }

    /** Tells in an envelope that a row is gone from its key; that alone takes nothing away from the topic. */
    void sendDeleted(Sink sink, Tuple before, Transaction transaction, List<Header> headers) {
        byte[] key = keyOrNull(before);
        byte[] value = envelopes
                .orElseThrow()
                .encode(Operation.DELETE, before, null, transaction.origin(), transaction.next());
        send(sink, key, value, transaction.timestamp(), headers);
        transaction.sent(topic, 1);
    }

    /** Sends a null value: nothing is at {@code key} any more. */
    void sendTombstone(Sink sink, byte[] key, Transaction transaction, List<Header> headers) {
        send(sink, key, null, transaction.timestamp(), headers);
        transaction.sent(topic, 1);
    }

    private byte @Nullable [] keyOrNull(Tuple row) {
        return isKeyed() ? encoder.key(row) : null;
    }

    private void send(
            Inlet inlet, byte @Nullable [] key, byte @Nullable [] value, long timestamp, List<Header> headers) {
        inlet.send(topic, key, value, timestamp, complete(headers));
        status.sent((key == null ? 0 : key.length) + (value == null ? 0 : value.length), timestamp);
    }

    /** Headers are made once per transaction, so that it is enough to remember the last. */
    @SuppressWarnings("ReferenceEquality")
    List<Header> complete(List<Header> headers) {
        if (partition.isEmpty()) {
            return headers;
        }
        if (plain != headers) {
            plain = headers;
            withPartition = TransactionHeaders.ofPartition(headers, partition.get());
        }
        return withPartition;
    }
}
