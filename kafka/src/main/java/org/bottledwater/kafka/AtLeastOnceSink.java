package org.bottledwater.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * Messages go out as they come. A position is written to the checkpoint topic after everything before it is
 * acknowledged, and is safe when that is acknowledged too: what PostgreSQL is told never runs ahead of the checkpoint.
 */
final class AtLeastOnceSink implements Sink {
    /** Shorter than where a commit sends what waits: half of it is on each message of a quiet stream. */
    private static final int LINGER_MILLIS = 3;

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private final CheckpointTopic checkpoints;
    private final SinkOptions options;
    private final Outbox outbox;
    private final Position position = new Position();
    private final Clearing clearing;
    private final Messages messages;

    private Segments segments;
    private long written = Lsn.INVALID;
    private long writtenAt = System.nanoTime();

    static AtLeastOnceSink open(KafkaSettings settings, String slot, CheckpointTopic checkpoints, SinkOptions options) {
        Map<String, Object> config = ClientConfig.producer(settings, "bottledwater-" + slot, LINGER_MILLIS);
        Outbox outbox =
                new Outbox(new Outbox.Opening(settings.bootstrapServers(), List.of(config), options), Faults::of);
        AtLeastOnceSink sink = new AtLeastOnceSink(settings, outbox, checkpoints, options);
        try {
            outbox.waiting(
                    "cannot end the Kafka transactions of an exactly-once run",
                    () -> FormerTransactions.end(checkpoints.topics(), ExactlyOnceSink.ids(slot)));
            return sink;
        } catch (ConfigurationException | ConnectionException e) {
            sink.close();
            throw e;
        } catch (Answers.LateException e) {
            sink.close();
            throw Faults.of("cannot end the Kafka transactions of an exactly-once run", e);
        }
    }

    private AtLeastOnceSink(KafkaSettings settings, Outbox outbox, CheckpointTopic checkpoints, SinkOptions options) {
        this.outbox = outbox;
        this.clearing = new Clearing(settings, outbox, this);
        this.messages = new Messages(outbox.clock());
        this.checkpoints = checkpoints;
        this.options = options;
        this.segments = new Segments(outbox.inFlight(), Lsn.INVALID);
    }

    @Override
    public void resume(Checkpoint checkpoint) {
        position.resume(checkpoint);
        restart();
    }

    private void restart() {
        segments = new Segments(outbox.inFlight(), position.safe());
        written = position.safe();
    }

    @Override
    public void send(
            Topic topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestampMillis,
            Iterable<Header> headers) {
        outbox.check(topic, key, value, headers);
        outbox.send(messages.message(topic, key, value, timestampMillis, headers), segments.next());
        position.sent();
    }

    @Override
    public long clear(Topic topic, long timestampMillis, Iterable<Header> headers) {
        return clearing.clear(topic, timestampMillis, headers);
    }

    @Override
    public long clear(Topic topic, Predicate<Headers> chosen, long timestampMillis, Iterable<Header> headers) {
        return clearing.clear(topic, chosen, timestampMillis, headers);
    }

    @Override
    public void clearOlder(
            Topic topic, TopicEnds before, Predicate<Headers> chosen, long timestampMillis, Iterable<Header> headers) {
        commit();
        TopicEnds now = checkpoints.topics().ends(Set.of(topic.name())).get(topic.name());
        if (now != null) {
            clearing.clear(topic, before, now, chosen, timestampMillis, headers);
        }
    }

    @Override
    public long mark(Topic topic, long timestampMillis, Iterable<Header> headers) {
        outbox.check(topic, null, null, headers);
        List<ProducerRecord<byte[], byte[]>> marks = outbox.marks(topic, timestampMillis, headers);
        for (ProducerRecord<byte[], byte[]> mark : marks) {
            outbox.send(mark, segments.next());
        }
        position.sent();
        return marks.size();
    }

    @Override
    public Inlet inlet() {
        return outbox.inlet(this::acknowledged);
    }

    private void acknowledged(RecordMetadata metadata, @Nullable Exception failure) {
        if (failure == null) {
            outbox.inFlight().acknowledged(metadata);
        } else {
            outbox.inFlight().failed(metadata, failure);
        }
    }

    /** A position behind what the others send is safe with a commit only, which waits for all of it. */
    @Override
    public void attend(Waiting waiting) {
        outbox.failIfFailed();
        position.sent();
        outbox.waiting("cannot wait for those who send", waiting::run);
    }

    @Override
    public Duration longestOpen() {
        return FOR_EVER;
    }

    @Override
    public void boundary(long lsn) {
        position.boundary(lsn);
    }

    @Override
    public void advance(boolean drained) {
        outbox.failIfFailed();
        long now = System.nanoTime();
        boolean due = now - writtenAt >= options.checkpointInterval().toNanos();
        if (!position.isTorn()) {
            segments.cut(position.boundary(), drained || due);
        }
        long acknowledged = segments.acknowledged();
        if (due && Lsn.isBefore(written, acknowledged)) {
            write(position.checkpointAt(acknowledged));
            written = acknowledged;
            writtenAt = now;
        }
    }

    /** Does not wait. */
    private void write(Checkpoint checkpoint) {
        Callback done = (metadata, failure) -> {
            if (failure == null) {
                outbox.inFlight().acknowledged(metadata);
                position.safe(checkpoint.lsn());
            } else {
                outbox.inFlight().failed(metadata, failure);
            }
        };
        outbox.send(checkpoints.record(checkpoint, outbox.clock().stamp()), done);
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
        return position.safe();
    }

    /** First the messages, then the entries that say that they are there. */
    @Override
    public void commit(CheckpointEntry... entries) {
        outbox.failIfFailed();
        outbox.flush();
        List<CheckpointEntry> all = position.withPosition(entries);
        all.forEach(
                entry -> outbox.send(checkpoints.record(entry, outbox.clock().stamp()), this::acknowledged));
        outbox.flush();
        position.committed(all);
        restart();
        writtenAt = System.nanoTime();
    }

    /** What was sent cannot be taken back; it will come once more. */
    @Override
    public void abort() {
        clearing.close();
        position.giveUp();
        restart();
    }

    @Override
    public void flush(Duration patience) {
        outbox.flush(patience);
    }

    @Override
    public void setWhileBlocked(Runnable hook) {
        outbox.setWhileBlocked(hook);
    }

    @Override
    public long bytesInFlight() {
        return outbox.inFlight().bytes();
    }

    @Override
    public void close() {
        clearing.close();
        outbox.close();
    }
}
