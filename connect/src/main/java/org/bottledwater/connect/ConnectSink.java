package org.bottledwater.connect;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.Inlet;
import org.bottledwater.kafka.Position;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SinkOptions;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.Topic;
import org.bottledwater.kafka.TopicEnds;
import org.bottledwater.kafka.UndeliverableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands messages to the worker. Where that commits transactions, each has whole PostgreSQL transactions in it and, last,
 * the position; elsewhere positions stand between the messages in the same order, and Connect stores the last one before
 * which everything is acknowledged.
 */
final class ConnectSink implements Sink {
    private static final Logger log = LoggerFactory.getLogger(ConnectSink.class);

    private final Handover handover;
    private final Ledger ledger;
    private final String checkpointTopic;
    private final SinkOptions options;
    private final Duration longestOpen;
    private final Optional<String> messagesTopic;
    /** Its safe position is the one that was handed over last. */
    private final Position position = new Position();

    private boolean open;
    private long openedAt;
    private long endedAt = System.nanoTime();
    private Runnable whileBlocked = () -> {};

    ConnectSink(Handover handover, Ledger ledger, TaskSettings settings) {
        this.handover = handover;
        this.ledger = ledger;
        this.checkpointTopic = settings.checkpointTopic();
        this.options = settings.pace();
        this.longestOpen = settings.transactionTimeout();
        this.messagesTopic = settings.pipeline().messagesTopic();
    }

    @Override
    public void resume(Checkpoint checkpoint) {
        position.resume(checkpoint);
    }

    @Override
    public void send(
            Topic topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestampMillis,
            Iterable<Header> headers) {
        handover.put(parcel(topic, key, value, timestampMillis, headers), whileBlocked);
        sent();
    }

    private void sent() {
        position.sent();
        if (!open) {
            open = true;
            openedAt = System.nanoTime();
        }
    }

    private Parcel parcel(
            Topic topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestampMillis,
            Iterable<Header> headers) {
        return new Parcel(
                topic.name(),
                key,
                value,
                // The worker's producer does not say why Kafka refuses what.
                timestampMillis < 0
                        ? timestampMillis
                        : topic.timestamps().accepted(timestampMillis, System.currentTimeMillis()),
                headers,
                ledger.partition(),
                ledger.current(),
                messagesTopic.filter(topic.name()::equals).isPresent() ? Parcel.Kind.MESSAGE : Parcel.Kind.ROW,
                null);
    }

    /** Not what a connector can do: it has no way of reading what a converter has written. */
    @Override
    public long clear(Topic topic, long timestampMillis, Iterable<Header> headers) {
        return clear(topic, any -> true, timestampMillis, headers);
    }

    @Override
    public long clear(Topic topic, Predicate<Headers> chosen, long timestampMillis, Iterable<Header> headers) {
        if (!topic.exists()) {
            log.warn("topic {}: the rows that are gone from the table stay in it", topic.name());
            return 0;
        }
        throw new UndeliverableException("the rows of topic " + topic.name()
                + " are gone from the table, and a connector cannot read the topic back to send a null value for each key"
                + "; to go on, with the rows left in the topic: on.truncate=ignore");
    }

    /** Of the rows from before nothing is known, see {@link ConnectTopics#ends}. */
    @Override
    public void clearOlder(
            Topic topic, TopicEnds before, Predicate<Headers> chosen, long timestampMillis, Iterable<Header> headers) {
        log.warn("topic {}: rows that were deleted before the table was copied anew stay in it", topic.name());
    }

    /** One message: which partitions there are only the worker's producer knows. */
    @Override
    public long mark(Topic topic, long timestampMillis, Iterable<Header> headers) {
        send(topic, null, null, timestampMillis, headers);
        return 1;
    }

    @Override
    public Inlet inlet() {
        return (topic, key, value, timestampMillis, headers) ->
                handover.put(parcel(topic, key, value, timestampMillis, headers), () -> {});
    }

    @Override
    public void attend(Waiting waiting) {
        handover.failIfFailed();
        sent();
        try {
            waiting.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while waiting for those who send", e);
        }
    }

    @Override
    public Duration longestOpen() {
        return longestOpen;
    }

    @Override
    public void boundary(long lsn) {
        position.boundary(lsn);
    }

    @Override
    public void advance(boolean drained) {
        handover.failIfFailed();
        if (position.isTorn() || !position.hasMoved()) {
            return;
        }
        long now = System.nanoTime();
        boolean due = open
                ? drained || now - openedAt >= options.commitInterval().toNanos()
                : now - endedAt >= options.checkpointInterval().toNanos();
        if (due) {
            end(List.of());
        }
    }

    @Override
    public void idle(long lsn) {
        if (!position.isTorn()) {
            boundary(lsn);
            advance(true);
        }
    }

    @Override
    public long safe() {
        return handover.safe();
    }

    /**
     * Waits where something is done then that relies on it. Without transactions a position is stored once in a while,
     * every minute by default, so that what merely tells how far a copy is does not wait: it is stored in its order.
     */
    @Override
    public void commit(CheckpointEntry... entries) {
        handover.failIfFailed();
        if (!open && !position.hasMoved() && entries.length == 0) {
            return;
        }
        long sequence = end(List.of(entries));
        boolean relied = !Stream.of(entries).allMatch(ConnectSink::isMereProgress);
        if (relied && !handover.isTransactional()) {
            log.info("waiting until the worker stores offsets, which it does every offset.flush.interval.ms");
        }
        if (relied || handover.isTransactional()) {
            handover.awaitStored(sequence, whileBlocked);
        }
    }

    /** If it is lost, the copy goes on from what was stored before, as after any kill. */
    private static boolean isMereProgress(CheckpointEntry entry) {
        if (entry instanceof TableProgress table) {
            return table.complete() || !table.blocks().isEmpty();
        }
        return entry instanceof Checkpoint checkpoint && checkpoint.snapshot() != SnapshotState.WANTED;
    }

    /** Returns the number of the end. */
    private long end(Collection<CheckpointEntry> entries) {
        List<CheckpointEntry> all = position.withPosition(entries.toArray(CheckpointEntry[]::new));
        List<Ledger.Line> lines = ledger.write(all);
        End end = new End(ledger.sequence(), ledger.lsn(), false);
        List<Parcel> parcels = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            parcels.add(line(lines.get(i), i == lines.size() - 1 ? end : null));
        }
        handover.putEnd(parcels);
        position.committed(all);
        open = false;
        endedAt = System.nanoTime();
        return end.sequence();
    }

    private Parcel line(Ledger.Line line, @Nullable End end) {
        return new Parcel(
                checkpointTopic,
                line.key().getBytes(StandardCharsets.UTF_8),
                line.value(),
                -1,
                List.of(),
                line.partition(),
                line.offset(),
                Parcel.Kind.CHECKPOINT,
                end);
    }

    @Override
    public void abort() {
        handover.undo(new Parcel(
                checkpointTopic,
                "undone".getBytes(StandardCharsets.UTF_8),
                null,
                -1,
                List.of(),
                ledger.partition(),
                ledger.current(),
                Parcel.Kind.CHECKPOINT,
                new End(ledger.sequence(), ledger.lsn(), true)));
        position.giveUp();
        open = false;
    }

    /** A commit follows, which waits for all of it. */
    @Override
    public void flush(Duration patience) {
        handover.failIfFailed();
    }

    @Override
    public void setWhileBlocked(Runnable hook) {
        whileBlocked = () -> {
            try {
                hook.run();
            } catch (RuntimeException e) {
                // The owner meets the same fault when it uses its connection next.
                log.debug("could not keep the source's connection alive while waiting for the worker", e);
            }
        };
    }

    @Override
    public long bytesInFlight() {
        return handover.bytes();
    }

    @Override
    public void close() {
        abort();
    }
}
