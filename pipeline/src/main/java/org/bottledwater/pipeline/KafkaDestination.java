package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.bottledwater.kafka.BrokerClock;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.CopyRequest;
import org.bottledwater.kafka.PendingSchemas;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.Schemas;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SinkOptions;
import org.bottledwater.kafka.Topics;
import org.jspecify.annotations.Nullable;

/** Kafka by our own producer; positions are remembered in the checkpoint topic. */
final class KafkaDestination implements Destination {
    private static final Duration REACH_PATIENCE = Duration.ofSeconds(10);
    private static final Duration CHECKPOINT_PATIENCE = Duration.ofMinutes(2);

    private final Settings settings;
    private final PendingSchemas pending;
    private final BrokerClock clock;
    private final Resources resources = new Resources();
    /** Opened when first asked for: the database comes first. */
    private @Nullable Topics topics;

    KafkaDestination(Settings settings) {
        this(settings, new PendingSchemas(), new BrokerClock());
    }

    private KafkaDestination(Settings settings, PendingSchemas pending, BrokerClock clock) {
        this.settings = settings;
        this.pending = pending;
        this.clock = clock;
    }

    /** One for each attempt of a run, which knows what an unavailable server had not done for the one before. */
    static Supplier<Destination> each(Settings settings) {
        PendingSchemas pending = new PendingSchemas();
        BrokerClock clock = new BrokerClock();
        return () -> new KafkaDestination(settings, pending, clock);
    }

    @Override
    public void reach() {
        topics().reachable(REACH_PATIENCE);
    }

    @Override
    public Optional<Schemas> schemas() {
        if (settings.format() != OutputFormat.AVRO) {
            return Optional.empty();
        }
        SchemaRegistry registry = new SchemaRegistry(settings.registry(), pending);
        registry.reachable();
        return Optional.of(registry);
    }

    @Override
    public Topics topics() {
        Topics open = topics;
        if (open == null) {
            open = resources.add(new Topics(settings.kafka()));
            topics = open;
        }
        return open;
    }

    private CheckpointTopic checkpoints() {
        return new CheckpointTopic(settings.kafka(), topics(), CheckpointTopic.DEFAULT_NAME);
    }

    @Override
    public Sink sink() {
        CheckpointTopic checkpoints = checkpoints();
        checkpoints.ensure();
        SinkOptions options =
                SinkOptions.DEFAULT.withGiveUpAfter(settings.giveUpAfter()).withClock(clock);
        return resources.add(
                settings.delivery() == Delivery.EXACTLY_ONCE
                        ? Sink.exactlyOnce(settings.kafka(), settings.slot(), checkpoints, options)
                        : Sink.atLeastOnce(settings.kafka(), settings.slot(), checkpoints, options));
    }

    @Override
    public BooleanSupplier requests() {
        return resources.add(checkpoints().watch(settings.slot()))::hasCome;
    }

    /** Leaves word for the instance that runs. */
    void ask(CopyRequest request) {
        checkpoints().ask(request);
    }

    @Override
    public CheckpointState checkpoint() {
        return checkpoints().read(settings.slot(), CHECKPOINT_PATIENCE);
    }

    @Override
    public void close() {
        resources.close();
    }
}
