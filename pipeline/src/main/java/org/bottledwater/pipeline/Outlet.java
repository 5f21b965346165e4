package org.bottledwater.pipeline;

import org.apache.kafka.common.header.Header;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.Topic;

/** Where the rows of one version of a table go, and how they are encoded. */
final class Outlet implements Route {
    private final Relation relation;
    private final Topic topic;
    private final RowEncoder encoder;

    Outlet(Relation relation, Topic topic, RowEncoder encoder) {
        this.relation = relation;
        this.topic = topic;
        this.encoder = encoder;
    }

    Relation relation() {
        return relation;
    }

    Topic topic() {
        return topic;
    }

    boolean isKeyed() {
        return relation.isKeyed();
    }

    byte[] key(Tuple row) {
        return encoder.key(row);
    }

    /** Sends the row under its key, or without one if the table has none. */
    void send(Sink sink, Tuple row, long timestamp, Iterable<Header> headers) {
        sink.send(topic, isKeyed() ? encoder.key(row) : null, encoder.value(row), timestamp, headers);
    }

    /** Sends a null value: nothing is at {@code key} any more. */
    void sendTombstone(Sink sink, byte[] key, long timestamp, Iterable<Header> headers) {
        sink.send(topic, key, null, timestamp, headers);
    }
}
