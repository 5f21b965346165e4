package org.bottledwater.kafka;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.bottledwater.change.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * Finds the position before which everything is acknowledged, though acknowledgements of different partitions come in
 * any order: the stream is cut at boundaries into segments, and each counts its messages. Small PostgreSQL transactions
 * share a segment, and the number of segments is bounded: if it is reached, the last one grows.
 */
final class Segments {
    private static final int MESSAGES_PER_SEGMENT = 1000;
    private static final int MAX_SEGMENTS = 1024;

    private final InFlight inFlight;
    private final Deque<Segment> cut = new ArrayDeque<>();
    private Segment open;
    private long lastCut;
    private long acknowledged;

    Segments(InFlight inFlight, long from) {
        this.inFlight = inFlight;
        this.open = new Segment(inFlight);
        this.lastCut = from;
        this.acknowledged = from;
    }

    /** Counts a message that is about to be sent; the result is told of its end. */
    Callback next() {
        open.sent++;
        open.outstanding.incrementAndGet();
        return open;
    }

    /** To be called at boundaries only; {@code now} says that the open segment shall not wait for more messages. */
    void cut(long boundary, boolean now) {
        if (boundary != lastCut && (now || open.sent >= MESSAGES_PER_SEGMENT) && cut.size() < MAX_SEGMENTS) {
            open.end = boundary;
            lastCut = boundary;
            cut.add(open);
            open = new Segment(inFlight);
        }
    }

    /** The end of the last segment of which, and before which, everything is acknowledged. */
    long acknowledged() {
        for (Segment first = cut.peek(); first != null && first.outstanding.get() == 0; first = cut.peek()) {
            acknowledged = first.end;
            cut.remove();
        }
        return acknowledged;
    }

    /** One is shared by the callbacks of all its messages. Only {@code outstanding} is touched by the producer's thread. */
    private static final class Segment implements Callback {
        private final InFlight inFlight;
        private final AtomicInteger outstanding = new AtomicInteger();
        private int sent;
        private long end = Lsn.INVALID;

        Segment(InFlight inFlight) {
            this.inFlight = inFlight;
        }

        @Override
        public void onCompletion(RecordMetadata metadata, @Nullable Exception failure) {
            if (failure == null) {
                outstanding.decrementAndGet();
                inFlight.acknowledged(metadata);
            } else {
                inFlight.failed(metadata, failure);
            }
        }
    }
}
