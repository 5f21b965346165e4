package org.bottledwater.connect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.apache.kafka.connect.source.TransactionContext;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.ConnectOffsets;
import org.bottledwater.kafka.PendingSchemas;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.Pipeline;
import org.bottledwater.pipeline.PipelineListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One slot's pipeline within a worker, or one that helps it with the first copy. The pipeline runs on a thread of its own and hands messages over; the worker's thread
 * takes them, and says when they are stored: only then is PostgreSQL told.
 */
public final class BottledWaterSourceTask extends SourceTask {
    private static final Logger log = LoggerFactory.getLogger(BottledWaterSourceTask.class);
    private static final Duration POLL_PATIENCE = Duration.ofMillis(500);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private @Nullable Run run;

    /** Everything of a task that was started. */
    private static final class Run {
        final TaskSettings settings;
        final Handover handover;
        final Wrapping wrapping;
        final Pipeline pipeline;
        final Thread thread;
        final TaskMetrics metrics;

        // The worker's thread only.
        List<Dispatch> sent = List.of();
        long lookedAt = System.nanoTime();

        /** Another thread of the worker's may say so. */
        volatile boolean offsetsStored;

        Run(TaskSettings settings, Ledger ledger, boolean transactional, Function<String, CheckpointState> stored) {
            this.settings = settings;
            this.handover = new Handover(settings.pace().maxBytesInFlight(), transactional);
            handover.begin(ledger.sequence(), ledger.lsn());
            Optional<RowSchemas> rows = settings.output() == Output.RECORDS
                    ? Optional.of(new RowSchemas(settings.times()))
                    : Optional.empty();
            this.wrapping = new Wrapping(rows, settings.headersAreBytes());
            PendingSchemas pending = new PendingSchemas();
            this.pipeline = new Pipeline(
                    settings.pipeline(),
                    new PipelineListener() {},
                    () -> new ConnectDestination(settings, handover, ledger, rows, stored, pending),
                    settings.share());
            this.thread = new Thread(this::carry, "bottledwater-" + settings.ledger());
            this.metrics = TaskMetrics.register(settings.ledger(), pipeline.status(), handover);
            if (settings.share().leads()) {
                pipeline.watchSlot();
            }
            thread.setDaemon(true);
        }

        private void carry() {
            try {
                pipeline.run();
            } catch (InterruptedException e) {
                log.debug("slot {}: interrupted", settings.ledger(), e);
            } catch (RuntimeException | Error e) {
                log.debug("slot {}: the run ended", settings.ledger(), e);
                handover.fail(new ConnectException(Words.ofConnect(e), e));
            }
        }
    }

    @Override
    public String version() {
        return Version.text();
    }

    @Override
    public void start(Map<String, String> props) {
        try {
            TransactionContext transactions = context.transactionContext();
            TaskSettings settings =
                    SettingsReader.read(props, transactions == null ? Delivery.AT_LEAST_ONCE : Delivery.EXACTLY_ONCE);
            String slot = settings.ledger();
            Ledger ledger = stored(slot);
            log.info(
                    "slot {}: {}, {}",
                    slot,
                    ledger.lsn() == Lsn.INVALID ? "no offset" : "the offset is at " + Lsn.toString(ledger.lsn()),
                    transactions == null ? "positions are stored when the worker does so" : "exactly once");
            Run started = new Run(
                    settings, ledger, transactions != null, name -> stored(name).state());
            run = started;
            started.thread.start();
        } catch (ConfigurationException | ConnectionException e) {
            throw new ConnectException(Words.ofConnect(e), e);
        }
    }

    /** What is stored under that name, by whatever task of the connector. */
    private Ledger stored(String name) {
        try {
            Ledger ledger = new Ledger(name);
            ledger.read(context.offsetStorageReader().offsets(ConnectOffsets.partitions(name)));
            return ledger;
        } catch (ConnectException e) {
            throw new ConnectionException("the worker does not give the offsets of " + name + ": " + e.getMessage(), e);
        }
    }

    /** What the pipeline failed with is told after everything that it had handed over before. */
    @Override
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        Run running = run;
        if (running == null) {
            return null;
        }
        running.sent.forEach(Dispatch::release);
        look(running);
        List<Dispatch> batch = new ArrayList<>();
        for (Parcel parcel : running.handover.take(POLL_PATIENCE)) {
            Dispatch dispatch = running.wrapping.wrap(parcel);
            mark(dispatch);
            batch.add(dispatch);
        }
        running.sent = batch;
        if (batch.isEmpty()) {
            running.handover.failIfFailed();
            return null;
        }
        return List.copyOf(batch);
    }

    private void mark(Dispatch dispatch) {
        TransactionContext transactions = context.transactionContext();
        End end = dispatch.end();
        if (transactions == null || end == null) {
            return;
        }
        if (end.undo()) {
            transactions.abortTransaction(dispatch);
        } else {
            transactions.commitTransaction(dispatch);
        }
    }

    /** Without transactions, what is stored is known only by reading it. */
    private void look(Run running) {
        boolean due = running.offsetsStored && System.nanoTime() - running.lookedAt >= LOOK_AGAIN_NANOS;
        if (due) {
            running.offsetsStored = false;
            running.lookedAt = System.nanoTime();
            Ledger stored = new Ledger(running.settings.pipeline().slot());
            stored.read(context.offsetStorageReader().offsets(List.of(stored.partition())));
            running.handover.stored(new End(stored.sequence(), stored.lsn(), false));
        }
    }

    /** Of a transaction this is told when it is committed, with the offsets. */
    @Override
    public void commitRecord(SourceRecord record, @Nullable RecordMetadata metadata) {
        Run running = run;
        if (running == null || !(record instanceof Dispatch dispatch)) {
            return;
        }
        End end = dispatch.end();
        if (metadata == null && record.topic().equals(running.settings.checkpointTopic())) {
            running.handover.fail(new ConnectException("a record of topic " + record.topic()
                    + " did not get there, and with it the position is not stored: no transform may drop these records,"
                    + " give it a predicate that leaves out topic " + record.topic()));
        } else if (running.handover.isTransactional() && end != null) {
            running.handover.stored(end);
        }
        running.handover.acknowledged();
    }

    @Override
    public void commit() {
        Run running = run;
        if (running != null && !running.handover.isTransactional()) {
            running.offsetsStored = true;
        }
    }

    /** The slot has to be free before another worker's task can read it. */
    @Override
    public void stop() {
        Run running = run;
        if (running == null) {
            return;
        }
        running.pipeline.stop();
        running.handover.close();
        try {
            running.thread.join(STOP_PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running.metrics.close();
    }
}
