package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.kafka.Inlet;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.Topic;

/** Where the rows of one version of a table go, and how they are encoded. */
final class Outlet implements Route {
    private final Relation relation;
    private final Topic topic;
    private final RowEncoder encoder;
    private final Optional<TableName> partition;
    private final int[] hidden;
    private final TableStatus status;
    private List<Header> plain = List.of();
    private List<Header> withPartition = List.of();

    /** @param hidden the columns of a row that are not sent */
    Outlet(Relation relation, Topic topic, RowEncoder encoder, int[] hidden, TableStatus status) {
        this(relation, topic, encoder, Optional.empty(), hidden, status);
    }

    /** The topic is that of the partitioned table {@code relation}; its messages tell of which partition they are. */
    Outlet(Relation relation, Topic topic, RowEncoder encoder, TableName partition, int[] hidden, TableStatus status) {
        this(relation, topic, encoder, Optional.of(partition), hidden, status);
    }

    private Outlet(
            Relation relation,
            Topic topic,
            RowEncoder encoder,
            Optional<TableName> partition,
            int[] hidden,
            TableStatus status) {
        this.relation = relation;
        this.topic = topic;
        this.encoder = encoder;
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

    byte[] key(Tuple row) {
        return encoder.key(row);
    }

    /** Sends the row under its key, or without one if the table has none. */
    void send(Inlet inlet, Tuple row, long timestamp, List<Header> headers) {
        byte[] key = isKeyed() ? encoder.key(row) : null;
        byte[] value = encoder.value(row);
        inlet.send(topic, key, value, timestamp, complete(headers));
        status.sent(value.length + (key == null ? 0 : key.length), timestamp);
    }

    /** Sends a null value: nothing is at {@code key} any more. */
    void sendTombstone(Sink sink, byte[] key, long timestamp, List<Header> headers) {
        sink.send(topic, key, null, timestamp, complete(headers));
        status.sent(key.length, timestamp);
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
