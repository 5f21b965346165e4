package org.bottledwater.kafka;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Counts the bytes that were handed to the producer and are not acknowledged, and holds the first failure. The threads
 * that send add and wait; the producer's thread takes away.
 */
final class InFlight {
    /** What a message costs beside its key and value; also makes an empty one count. */
    private static final int OVERHEAD = 64;

    private static final long SLICE_MILLIS = 100;

    /** The producer tells of a batch's messages one after the other. */
    private static final long REASON_NANOS = Duration.ofSeconds(1).toNanos();

    private final AtomicLong bytes = new AtomicLong();
    private final Object freed = new Object();
    private volatile long wakeBelow;
    private volatile @Nullable Refusal failure;

    /** How many threads wait; under the lock of freed. */
    private int waiting;

    static int cost(byte @Nullable [] key, byte @Nullable [] value) {
        return OVERHEAD + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    }

    void add(int cost) {
        bytes.addAndGet(cost);
    }

    /** The metadata repeats the sizes, so that no object per message has to remember them. */
    void acknowledged(RecordMetadata metadata) {
        int cost = OVERHEAD + Math.max(0, metadata.serializedKeySize()) + Math.max(0, metadata.serializedValueSize());
        if (bytes.addAndGet(-cost) < wakeBelow) {
            wake();
        }
    }

    /**
     * What Kafka did not take.
     *
     * @param topic empty if that is not known
     */
    record Refusal(String topic, Exception reason) {
        /** Of a batch in which one message is refused, the others fail only with its company. */
        boolean isForeign() {
            return Faults.isInvalidBatch(Faults.root(reason));
        }
    }

    /** @param metadata has the topic, if any */
    synchronized void failed(@Nullable RecordMetadata metadata, Exception e) {
        Refusal first = failure;
        Refusal next = new Refusal(metadata == null ? "" : metadata.topic(), e);
        if (first == null || (first.isForeign() && !next.isForeign())) {
            failure = next;
        }
        wake();
    }

    private void wake() {
        synchronized (freed) {
            freed.notifyAll();
        }
    }

    /** The first, or the one for which it was refused, which may come just behind. */
    @Nullable
    Refusal failure() {
        Refusal found = failure;
        if (found == null || !found.isForeign()) {
            return found;
        }
        long begun = System.nanoTime();
        synchronized (freed) {
            try {
                while (found != null && found.isForeign() && System.nanoTime() - begun < REASON_NANOS) {
                    freed.wait(SLICE_MILLIS);
                    found = failure;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return failure;
    }

    long bytes() {
        return bytes.get();
    }

    /** Forgets all: nothing is in flight any more, and how it ended is of no interest. */
    void reset() {
        bytes.set(0);
        failure = null;
    }

    /** Waits until fewer than {@code limit} bytes are in flight, or something failed. False: the time was over first. */
    boolean awaitBelow(long limit, Duration patience) throws InterruptedException {
        if (bytes.get() < limit) {
            return true;
        }
        long began = System.nanoTime();
        synchronized (freed) {
            waiting++;
            wakeBelow = Math.max(wakeBelow, limit);
            try {
                while (bytes.get() >= limit && failure == null) {
                    // In slices, as an acknowledgement may slip in between the test and the wait.
                    freed.wait(SLICE_MILLIS);
                    if (System.nanoTime() - began > patience.toNanos()) {
                        break;
                    }
                }
            } finally {
                waiting--;
                wakeBelow = waiting == 0 ? 0 : wakeBelow;
            }
        }
        return bytes.get() < limit || failure != null;
    }
}
