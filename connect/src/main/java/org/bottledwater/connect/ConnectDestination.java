package org.bottledwater.connect;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.PendingSchemas;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.Schemas;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.pipeline.Companions;
import org.bottledwater.pipeline.Destination;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.Share;
import org.jspecify.annotations.Nullable;

/** Kafka by the worker's producer. The worker has fenced every other task of ours before it starts one. */
final class ConnectDestination implements Destination {
    private final TaskSettings settings;
    private final Handover handover;
    private final Ledger ledger;
    private final Optional<RowSchemas> rows;
    private final Function<String, CheckpointState> stored;
    private final PendingSchemas pending;
    private @Nullable ConnectSink sink;

    /**
     * @param rows where records leave as such: their schemas
     * @param stored what the worker has stored last under the name of a ledger, of whatever task
     * @param pending what the registry had not taken when it was asked last
     */
    ConnectDestination(
            TaskSettings settings,
            Handover handover,
            Ledger ledger,
            Optional<RowSchemas> rows,
            Function<String, CheckpointState> stored,
            PendingSchemas pending) {
        this.stored = stored;
        this.pending = pending;
        this.settings = settings;
        this.handover = handover;
        this.ledger = ledger;
        this.rows = rows;
    }

    /** That the worker runs needs no proof. */
    @Override
    public void reach() {
        handover.failIfFailed();
    }

    @Override
    public Optional<Schemas> schemas() {
        if (rows.isPresent()) {
            return Optional.of(rows.get());
        }
        if (settings.pipeline().format() != OutputFormat.AVRO) {
            return Optional.empty();
        }
        SchemaRegistry registry = new SchemaRegistry(settings.pipeline().registry(), pending);
        registry.reachable();
        return Optional.of(registry);
    }

    @Override
    public TopicLookup topics() {
        return new ConnectTopics();
    }

    @Override
    public Sink sink() {
        ConnectSink opened = new ConnectSink(handover, ledger, settings);
        sink = opened;
        return opened;
    }

    /** A table is copied anew when its offset is altered, not by a request. */
    @Override
    public BooleanSupplier requests() {
        return () -> false;
    }

    /**
     * The attempt before has handed over all that is in it. What it handed over last may still be under way: the changes are
     * read from where it is safe, so that they would come twice, if that were behind.
     */
    @Override
    public CheckpointState checkpoint() {
        if (handover.isTransactional()) {
            handover.awaitStored(ledger.sequence(), () -> {});
        }
        return ledger.state();
    }

    @Override
    public Companions companions() {
        return new Companions() {
            @Override
            public int count() {
                return settings.share().count();
            }

            @Override
            public CheckpointState of(int number) {
                handover.failIfFailed();
                return stored.apply(Share.slotOf(settings.pipeline().slot(), number));
            }
        };
    }

    @Override
    public void close() {
        ConnectSink opened = sink;
        if (opened != null) {
            opened.close();
        }
    }
}
