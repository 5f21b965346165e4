package org.bottledwater.kafka;

import java.time.Duration;
import java.util.function.Predicate;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Takes messages in order, and says up to which log position they are safe in Kafka.
 *
 * <p>A sink belongs to one thread, except where it says otherwise. Every method may throw
 * {@link org.bottledwater.change.ConnectionException} (begin again from the checkpoint, with a new sink) or
 * {@link org.bottledwater.change.ConfigurationException} (a person has to act), also for a message that was sent
 * earlier. A call that waits is ended by {@link Thread#interrupt}, with a ConnectionException; then only
 * {@link #close} is left.
 */
public interface Sink extends Inlet, AutoCloseable {

    /**
     * Messages and positions are committed together in Kafka transactions, which end where PostgreSQL's do. Kafka answers
     * a commit when it is certain; readers may see it some milliseconds later. Opening it
     * fences every other sink of this slot and waits until what they had not committed is undone.
     */
    static Sink exactlyOnce(KafkaSettings settings, String slot, CheckpointTopic checkpoints, SinkOptions options) {
        return ExactlyOnceSink.open(settings, slot, checkpoints, options);
    }

    /**
     * Messages are visible at once; after a crash some come again. Opening it fences every exactly-once sink of this slot,
     * and undoes what one that was killed has left open.
     */
    static Sink atLeastOnce(KafkaSettings settings, String slot, CheckpointTopic checkpoints, SinkOptions options) {
        return AtLeastOnceSink.open(settings, slot, checkpoints, options);
    }

    /** Goes on from what was read from the checkpoint topic; writes nothing. */
    void resume(Checkpoint checkpoint);

    /**
     * Sends a null value for every key that has a value in the topic, what was sent before included, as part of what is
     * being sent. It waits for what is in flight and reads the topic once from its beginning. A key may come twice.
     *
     * @return how many messages were sent
     */
    long clear(Topic topic, long timestampMillis, Iterable<Header> headers);

    /** As the other, for the keys whose last message with a value has headers that are {@code chosen}. */
    long clear(Topic topic, Predicate<Headers> chosen, long timestampMillis, Iterable<Header> headers);

    /**
     * Sends a null value for every key whose last message stood in the topic {@code before}, and has headers that are
     * {@code chosen}: what was in a table before it was copied anew, and has not come again. It commits what was sent so
     * far, at which no PostgreSQL transaction may be torn, and then reads the topic once from its beginning.
     */
    void clearOlder(
            Topic topic, TopicEnds before, Predicate<Headers> chosen, long timestampMillis, Iterable<Header> headers);

    /**
     * Sends a message without key and value to every partition of a topic that is not compacted.
     *
     * @return how many these are
     */
    long mark(Topic topic, long timestampMillis, Iterable<Header> headers);

    /**
     * An entrance for one other thread. What comes in by it is part of what is being sent. It may be used while the
     * sink's own thread is within {@link #attend}, or between two such calls and nothing else.
     */
    Inlet inlet();

    /**
     * Runs what waits for those who send through inlets; to be called again and again, for about a second each time. A
     * commit comes after the last of them has come to a point where what it sent is whole.
     */
    void attend(Waiting waiting);

    /** What waits. */
    @FunctionalInterface
    interface Waiting {
        void run() throws InterruptedException;
    }

    /** How long what is sent may stay uncommitted. */
    Duration longestOpen();

    /** A PostgreSQL transaction ends here; {@code lsn} is its end. */
    void boundary(long lsn);

    /**
     * Makes everything up to the last boundary safe if it is time to. To be called after boundaries and, again and
     * again, while the source has nothing.
     *
     * @param drained whether the source has nothing more at the moment
     */
    void advance(boolean drained);

    /**
     * Whether the source is read as fast as it comes, though it may never pause: then it is worth something that messages are
     * safe, and seen, soon. No is what a backlog wants.
     */
    default void keepingUp(boolean keepsUp) {}

    /**
     * The source says that there is nothing for us up to {@code lsn}. Has no effect within a PostgreSQL transaction.
     * The checkpoint follows at once, or with one of the next {@link #advance}s, so as not to write it too often.
     */
    void idle(long lsn);

    /** The position up to which everything, the checkpoint as well, is safe in Kafka. It never goes back. Any thread. */
    long safe();

    /**
     * Makes everything sent so far and these entries safe, and waits for it. The caller sees to it that no PostgreSQL
     * transaction is torn. A {@link Checkpoint} among the entries is the one to go on from, and its position is
     * {@link #safe} afterwards.
     */
    void commit(CheckpointEntry... entries);

    /**
     * Gives up what is not safe yet: exactly-once, no committed reader ever sees it. The source has to begin again at
     * {@link #safe}.
     */
    void abort();

    /**
     * Waits until Kafka has everything that was sent; it does not commit.
     *
     * @throws org.bottledwater.change.ConnectionException if that takes longer than {@code patience}
     */
    void flush(Duration patience);

    /**
     * Has {@code hook} run a few times a second while a call of this sink makes its caller wait, to keep another
     * connection alive. It runs on another thread while the caller stands still, never at the same time as the caller's
     * own code. What it throws is logged and forgotten.
     */
    void setWhileBlocked(Runnable hook);

    /** Messages' bytes that Kafka has not acknowledged yet. Any thread. */
    long bytesInFlight();

    /** Lets go without committing: what is not safe is given up. Takes a few seconds at most. */
    @Override
    void close();
}
