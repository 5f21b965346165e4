package org.bottledwater.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;

/**
 * One Kafka transaction after the other. Each holds whole PostgreSQL transactions and, last, the checkpoint that says
 * where they end.
 *
 * <p>Two producers take turns where commits follow each other soon. Kafka answers a commit before it has written the
 * transaction's markers, and until then puts off the next transaction of the same producer, by 20 ms or more
 * ({@code add.partitions.to.txn.retry.backoff.ms}); those of the other one it takes. Their messages keep their order, as one
 * begins to send when the other's commit is answered.
 *
 * <p>Opening a sink fences both, one after the other. Its first transaction is always the first producer's, and only after
 * a commit is it the second one's turn: so of two sinks that are opened at the same time the one that has lost the first
 * producer commits nothing, though it may have won the second.
 */
final class ExactlyOnceSink implements Sink {
    /** Of a broker that does not tell: Kafka's default of {@code transaction.max.timeout.ms}. */
    private static final String TRANSACTION_TIMEOUT_MILLIS = "900000";

    /** What Kafka answers, among others, to a transaction that it has ended by itself. */
    private static final Set<Class<? extends Exception>> ENDED = Set.of(
            InvalidTxnStateException.class, TransactionAbortableException.class, InvalidPidMappingException.class);

    private static final int COMMITS_OF_LATE = 4;

    /** A commit counts for at most so many times what they take. */
    private static final int MOST_SLOWER = 4;

    /** How many times as long as a commit takes a transaction stays open, under a stream that never pauses. */
    private static final int COMMITS_PART = 8;

    /** And where the stream is read as fast as it comes: somebody waits for what has arrived, and there is time for commits. */
    private static final int COMMITS_PART_KEEPING_UP = 2;

    /** But not for less than this part of the interval. */
    private static final int LEAST_PART = 10;

    private static final int LEAST_PART_KEEPING_UP = 50;

    private final List<String> ids;
    private final CheckpointTopic checkpoints;
    private final SinkOptions options;
    private final Outbox outbox;
    private final Duration transactionTimeout;
    private final Callback acknowledged = this::acknowledged;
    private final Position position = new Position();
    private final Clearing clearing;
    private final Messages messages;

    private final TransactionAge age;
    private boolean inTransaction;
    private boolean keepsUp;
    private boolean hasTurned;
    private long committedAt = System.nanoTime();

    /** How long commits take of late. */
    private long commitNanos;

    /** While a transaction is undone, its messages fail one by one, as they should. */
    private volatile boolean aborting;

    static ExactlyOnceSink open(KafkaSettings settings, String slot, CheckpointTopic checkpoints, SinkOptions options) {
        List<String> ids = ids(slot);
        String timeoutMillis = transactionTimeoutMillis(settings, checkpoints.topics());
        List<Map<String, Object>> configs = new ArrayList<>();
        for (String id : ids) {
            Map<String, Object> config = ClientConfig.producer(settings, id);
            config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
            config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, timeoutMillis);
            configs.add(config);
        }
        ExactlyOnceSink sink = new ExactlyOnceSink(
                settings,
                ids,
                new Outbox.Opening(settings.bootstrapServers(), configs, options),
                Duration.ofMillis(Long.parseLong(timeoutMillis)),
                checkpoints);
        try {
            for (int i = ids.size() - 1; i >= 0; i--) {
                sink.outbox.turnTo(i);
                sink.outbox.waiting(
                        "cannot open transactions: transactional.id=" + ids.get(i),
                        sink.outbox.producer()::initTransactions);
            }
            return sink;
        } catch (ConfigurationException | ConnectionException e) {
            try {
                sink.close();
            } catch (ConfigurationException | ConnectionException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /** The transactional ids of the two producers. */
    static List<String> ids(String slot) {
        String first = "bottledwater-" + slot;
        return List.of(first, first + "-2");
    }

    /** As long as the broker permits, as a PostgreSQL transaction may be long; the user may want less. */
    private static String transactionTimeoutMillis(KafkaSettings settings, Topics topics) {
        String wanted = settings.clientConfig().get(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG);
        return wanted != null
                ? wanted
                : topics.brokerSetting("transaction.max.timeout.ms").orElse(TRANSACTION_TIMEOUT_MILLIS);
    }

    private ExactlyOnceSink(
            KafkaSettings settings,
            List<String> ids,
            Outbox.Opening opening,
            Duration transactionTimeout,
            CheckpointTopic checkpoints) {
        this.ids = ids;
        this.checkpoints = checkpoints;
        this.options = opening.options();
        this.transactionTimeout = transactionTimeout;
        this.age = new TransactionAge(transactionTimeout);
        this.outbox = new Outbox(opening, this::fault);
        this.clearing = new Clearing(settings, outbox, this);
        this.messages = new Messages(outbox.clock());
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
        outbox.check(topic, key, value, headers);
        begin();
        outbox.send(messages.message(topic, key, value, timestampMillis, headers), acknowledged);
        position.sent();
    }

    private void begin() {
        if (!inTransaction) {
            outbox.waiting("cannot begin a transaction", outbox.producer()::beginTransaction);
            inTransaction = true;
            age.begin(System.nanoTime());
            outbox.forgetWaits();
        }
    }

    private void acknowledged(RecordMetadata metadata, @Nullable Exception failure) {
        if (failure == null) {
            outbox.inFlight().acknowledged(metadata);
        } else if (!aborting) {
            outbox.inFlight().failed(metadata, failure);
        }
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
        begin();
        List<ProducerRecord<byte[], byte[]>> marks = outbox.marks(topic, timestampMillis, headers);
        for (ProducerRecord<byte[], byte[]> mark : marks) {
            outbox.send(mark, acknowledged);
        }
        position.sent();
        return marks.size();
    }

    @Override
    public Inlet inlet() {
        return outbox.inlet(acknowledged);
    }

    @Override
    public void attend(Waiting waiting) {
        outbox.failIfFailed();
        begin();
        position.sent();
        outbox.waiting("cannot wait for those who send", waiting::run);
    }

    @Override
    public Duration longestOpen() {
        return transactionTimeout;
    }

    @Override
    public void boundary(long lsn) {
        position.boundary(lsn);
        if (inTransaction) {
            age.boundary(System.nanoTime());
        }
    }

    @Override
    public void advance(boolean drained) {
        outbox.failIfFailed();
        if (position.isTorn() || !position.hasMoved()) {
            return;
        }
        long now = System.nanoTime();
        boolean due = inTransaction
                ? (drained && isRested(now)) || age.isOlderThan(longestOpenNow(), now)
                : now - committedAt >= options.checkpointInterval().toNanos();
        if (due) {
            commit();
        }
    }

    @Override
    public void keepingUp(boolean keepsUp) {
        this.keepsUp = keepsUp;
    }

    /**
     * A stream that comes in drops is drained after each of them. Committing takes about half of the time then: nothing
     * is read meanwhile, and each commit is work for the broker.
     */
    private boolean isRested(long now) {
        return now - committedAt >= commitNanos;
    }

    /**
     * A stream that never pauses is not drained, and its reader waits for the commit: where commits are quick they come
     * soon, and take a ninth of the time at most; a third if the reader has time to spare.
     */
    private Duration longestOpenNow() {
        Duration longest = options.commitInterval();
        Duration wanted = Duration.ofNanos(commitNanos * (keepsUp ? COMMITS_PART_KEEPING_UP : COMMITS_PART));
        Duration least = longest.dividedBy(keepsUp ? LEAST_PART_KEEPING_UP : LEAST_PART);
        if (wanted.compareTo(least) < 0) {
            return least;
        }
        return wanted.compareTo(longest) < 0 ? wanted : longest;
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

    @Override
    public void commit(CheckpointEntry... entries) {
        outbox.failIfFailed();
        List<CheckpointEntry> all = position.withPosition(entries);
        if (!inTransaction && all.isEmpty()) {
            return;
        }
        begin();
        all.forEach(
                entry -> outbox.send(checkpoints.record(entry, outbox.clock().stamp()), acknowledged));
        long begun = System.nanoTime();
        outbox.waiting("cannot commit", outbox.producer()::commitTransaction);
        committedAt = System.nanoTime();
        commitTook(committedAt - begun);
        inTransaction = false;
        position.committed(all);
        turn();
    }

    /**
     * Where commits do not follow each other soon there is no need, and each producer keeps the memory that it once took. But
     * the first time comes early, as that is when another instance is noticed that was opened at the same time.
     */
    private void turn() {
        if (keepsUp || !hasTurned) {
            hasTurned = true;
            outbox.turnTo((outbox.turn() + 1) % ids.size());
        }
    }

    /** A mean of the last few, in which one that had to wait for a broker is no more than a slow one. */
    private void commitTook(long nanos) {
        long bounded = Math.min(nanos, options.commitInterval().toNanos());
        commitNanos = commitNanos == 0
                ? bounded
                : commitNanos + (Math.min(bounded, MOST_SLOWER * commitNanos) - commitNanos) / COMMITS_OF_LATE;
    }

    @Override
    public void abort() {
        if (inTransaction) {
            aborting = true;
            outbox.waiting("cannot abort", outbox.producer()::abortTransaction);
            aborting = false;
            inTransaction = false;
        }
        outbox.inFlight().reset();
        clearing.close();
        position.giveUp();
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

    /** Messages fail when the producer gives them up; nobody waits for them any more. */
    @Override
    public void close() {
        aborting = true;
        clearing.close();
        outbox.close();
    }

    /** Kafka says the same when another instance took over and when it ended a transaction that was open too long. */
    private RuntimeException fault(String doing, Throwable failure) {
        boolean fenced = Faults.has(failure, ProducerFencedException.class)
                || Faults.has(failure, InvalidProducerEpochException.class);
        if (inTransaction && (fenced || ENDED.stream().anyMatch(type -> Faults.has(failure, type)))) {
            String expired = "the Kafka transaction was open for too long: transaction.timeout.ms="
                    + transactionTimeout.toMillis();
            switch (age.causeOfEnd(System.nanoTime(), outbox.longestWaitNanos())) {
                case CIRCUMSTANCES -> {
                    return new ConnectionException(expired, failure);
                }
                case SIZE -> {
                    return new TransactionExpiredException(expired, position.safe(), failure);
                }
                case SOMEBODY_ELSE -> {
                    // What it is called below.
                }
            }
        }
        return fenced
                ? new ConfigurationException(
                        "another instance took over: transactional.id=" + ids.get(outbox.turn())
                                + "; only one may run for a slot: stop the other one, or give each its own --slot",
                        failure)
                : Faults.of(doing, failure);
    }
}
