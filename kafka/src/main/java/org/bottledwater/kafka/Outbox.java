package org.bottledwater.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;

/**
 * The producer, or several of which one is in use, and what both kinds of sink do with it: measure, bound what is in flight,
 * wait, and give up.
 */
final class Outbox implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);
    private static final Duration AS_LONG_AS_IT_TAKES = Duration.ofDays(10_000);

    private final List<Producer<byte[], byte[]>> producers = new ArrayList<>();
    private final MessageSize size;
    private final InFlight inFlight = new InFlight();
    private final Patience patience;
    private final BrokerClock clock;
    private final long maxBytesInFlight;
    private final boolean bounded;

    /** Which one is in use; inlets send by it from threads of their own. */
    private volatile int turn;

    /** Says what a failure means, given what was tried. */
    private final BiFunction<String, Throwable, RuntimeException> faults;

    Outbox(Opening opening, BiFunction<String, Throwable, RuntimeException> faults) {
        this.faults = faults;
        this.maxBytesInFlight = opening.options().maxBytesInFlight();
        this.clock = opening.options().clock();
        Map<String, Object> first = opening.configs().get(0);
        this.bounded = ClientConfig.isBounded(first);
        try {
            this.size = new MessageSize(new ProducerConfig(first));
            for (Map<String, Object> config : opening.configs()) {
                producers.add(new KafkaProducer<>(config));
            }
        } catch (KafkaException e) {
            closeProducers(Duration.ZERO).ifPresent(e::addSuppressed);
            throw Faults.of("cannot use Kafka at " + opening.server(), e);
        }
        this.patience = new Patience(opening.server(), opening.options().giveUpAfter());
    }

    /** @throws UndeliverableException before anything is sent */
    void check(Topic topic, byte @Nullable [] key, byte @Nullable [] value, Iterable<Header> headers) {
        if (!topic.exists()) {
            throw new UndeliverableException(
                    "topic missing: topic=" + topic.name() + "; create it, or let missing topics be created");
        }
        if (key == null && topic.compacted()) {
            throw new UndeliverableException("message without key: topic=" + topic.name()
                    + " is compacted; set its cleanup.policy to delete, or give the table a primary key");
        }
        size.check(topic, key, value, headers);
    }

    /** A record without key and value for each partition. */
    List<ProducerRecord<byte[], byte[]>> marks(Topic topic, long timestampMillis, Iterable<Header> headers) {
        Long timestamp = timestampMillis < 0
                ? clock.stamp()
                : Long.valueOf(topic.timestamps().accepted(timestampMillis, clock.now()));
        List<ProducerRecord<byte[], byte[]>> marks = new ArrayList<>();
        waiting(
                "cannot look up topic " + topic.name(),
                () -> producer()
                        .partitionsFor(topic.name())
                        .forEach(partition -> marks.add(new ProducerRecord<>(
                                topic.name(), partition.partition(), timestamp, null, null, headers))));
        return marks;
    }

    /** Hands a record over, when there is room for it. As {@link #waiting}, but it is called for each row. */
    void send(ProducerRecord<byte[], byte[]> record, Callback callback) {
        patience.enter();
        try {
            sendShared(record, callback);
        } finally {
            patience.leave();
        }
    }

    /** An inlet for another thread than the sink's own; what it sends is answered to {@code callback}. */
    SharedInlet inlet(Callback callback) {
        return new SharedInlet(this, patience, callback);
    }

    /** Hands a record over from whatever thread; its wait is watched over by the caller. */
    void sendShared(ProducerRecord<byte[], byte[]> record, Callback callback) {
        failIfFailed();
        try {
            inFlight.awaitBelow(maxBytesInFlight, AS_LONG_AS_IT_TAKES);
            inFlight.add(InFlight.cost(record.key(), record.value()));
            // The callback tells how it ended.
            Future<?> unused = producer().send(record, callback);
        } catch (InterruptedException | KafkaException | IllegalStateException e) {
            throw fault("cannot send to topic " + record.topic(), e);
        }
    }

    /** Waits until nothing is in flight. */
    void flush(Duration limit) {
        waiting("cannot deliver", () -> {
            if (!inFlight.awaitBelow(1, limit)) {
                throw new ConnectionException(
                        "Kafka does not acknowledge: bytesInFlight=" + inFlight.bytes() + " after=" + limit,
                        new Answers.LateException());
            }
        });
        failIfFailed();
    }

    void flush() {
        flush(AS_LONG_AS_IT_TAKES);
    }

    /** Runs what may have to wait for Kafka, under the eyes of {@link Patience}. */
    void waiting(String doing, Step step) {
        patience.enter();
        try {
            step.run();
        } catch (InterruptedException | KafkaException | IllegalStateException e) {
            throw fault(doing, e);
        } finally {
            patience.leave();
        }
    }

    private RuntimeException fault(String doing, Exception e) {
        Optional<GaveUpException> ranOut = patience.ranOut();
        if (ranOut.isPresent()) {
            return new ConnectionException(doing + ": " + ranOut.get().getMessage(), ranOut.get());
        }
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            return faults.apply(doing, e);
        }
        InFlight.Refusal first = inFlight.failure();
        return first == null ? refused(doing, e) : refused(first);
    }

    void failIfFailed() {
        InFlight.Refusal failure = inFlight.failure();
        if (failure != null) {
            throw refused(failure);
        }
    }

    /** It was sent earlier, and perhaps to another topic than what is sent now. */
    private RuntimeException refused(InFlight.Refusal refusal) {
        Throwable reason = Faults.root(refusal.reason());
        return reason instanceof InvalidTimestampException
                ? clock.refused(refusal.topic(), reason)
                : refused("Kafka refused a message: topic=" + refusal.topic(), refusal.reason());
    }

    /** A message or a wait runs into a time limit only if the user has set one. */
    private RuntimeException refused(String doing, Exception failure) {
        return bounded && Faults.root(failure) instanceof TimeoutException
                ? new ConnectionException(doing + ": " + failure.getMessage(), new GaveUpException(failure))
                : faults.apply(doing, failure);
    }

    BrokerClock clock() {
        return clock;
    }

    InFlight inFlight() {
        return inFlight;
    }

    Producer<byte[], byte[]> producer() {
        return producers.get(turn);
    }

    /** Which producer is in use, from 0. */
    int turn() {
        return turn;
    }

    /** From now on that producer is in use. Nothing may be in flight, or order is lost. */
    void turnTo(int producer) {
        turn = producer;
    }

    /** The longest that a call had to wait for Kafka since {@link #forgetWaits}, to within some tenths of a second. */
    long longestWaitNanos() {
        return patience.longestWaitNanos();
    }

    void forgetWaits() {
        patience.forgetWaits();
    }

    void setWhileBlocked(Runnable hook) {
        patience.hook(hook);
    }

    /** An interrupt that is pending must not keep the producer from letting go. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        try {
            closeProducers(CLOSE_PATIENCE).ifPresent(e -> {
                throw Faults.of("cannot close the producer", e);
            });
        } finally {
            patience.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Closes all, whatever happens; returns what failed. */
    private Optional<KafkaException> closeProducers(Duration limit) {
        KafkaException failure = null;
        for (Producer<byte[], byte[]> each : producers) {
            try {
                each.close(limit);
            } catch (KafkaException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        return Optional.ofNullable(failure);
    }

    /** What it takes to open one; the configs are the producers', of which there is at least one. */
    record Opening(String server, List<Map<String, Object>> configs, SinkOptions options) {}

    /** What is tried. */
    interface Step {
        void run() throws InterruptedException;
    }
}
