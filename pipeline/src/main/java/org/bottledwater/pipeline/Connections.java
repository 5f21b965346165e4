package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.CopyRequest;
import org.bottledwater.kafka.RequestWatch;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SinkOptions;
import org.bottledwater.kafka.Topics;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Slots;

/** The servers of one attempt. Closing it closes everything that was added to it. */
final class Connections implements AutoCloseable {
    private static final Duration REACH_PATIENCE = Duration.ofSeconds(10);
    private static final Duration CHECKPOINT_PATIENCE = Duration.ofMinutes(2);

    private static final int CHEAP_BLOCK_RANGES = 140000;

    private final Settings settings;
    private final Resources resources = new Resources();
    private final Postgres postgres;
    private final Topics topics;
    private final CheckpointTopic checkpoints;

    private Connections(Settings settings) {
        this.settings = settings;
        try {
            postgres = add(Postgres.connect(settings.postgres()));
            topics = add(new Topics(settings.kafka()));
            checkpoints = new CheckpointTopic(settings.kafka(), topics, CheckpointTopic.DEFAULT_NAME);
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    static Connections open(Settings settings) {
        return new Connections(settings);
    }

    /** @throws org.bottledwater.change.ConnectionException if no broker answers */
    void reachKafka() {
        topics.reachable(REACH_PATIENCE);
    }

    <T extends AutoCloseable> T add(T resource) {
        return resources.add(resource);
    }

    Postgres postgres() {
        return postgres;
    }

    Catalog catalog() {
        return new Catalog(postgres);
    }

    Slots slots() {
        return new Slots(postgres);
    }

    Publications publications() {
        return new Publications(postgres, settings.slot());
    }

    Topics topics() {
        return topics;
    }

    /** A client of the registry, which has answered; nothing if the format needs none. */
    Optional<SchemaRegistry> registry() {
        if (settings.format() != OutputFormat.AVRO) {
            return Optional.empty();
        }
        SchemaRegistry registry = new SchemaRegistry(settings.schemaRegistries(), Map.of());
        registry.reachable();
        return Optional.of(registry);
    }

    /** Opens the sink, which fences every other of the same slot, so that the checkpoint read after it is the last. */
    Sink sink() {
        checkpoints.ensure();
        SinkOptions options = SinkOptions.DEFAULT.withGiveUpAfter(settings.giveUpAfter());
        return add(
                settings.delivery() == Delivery.EXACTLY_ONCE
                        ? Sink.exactlyOnce(settings.kafka(), settings.slot(), checkpoints, options)
                        : Sink.atLeastOnce(settings.kafka(), settings.slot(), checkpoints, options));
    }

    /** What is asked for from now on. To be opened before the checkpoint is read, so that nothing falls in between. */
    RequestWatch requests() {
        return add(checkpoints.watch(settings.slot()));
    }

    /** Leaves word for the instance that runs. */
    void ask(CopyRequest request) {
        checkpoints.ask(request);
    }

    /** What is remembered of the slot. Without an own sink open, somebody else's transaction may just be changing it. */
    CheckpointState checkpoint() {
        return checkpoints.read(settings.slot(), CHECKPOINT_PATIENCE);
    }

    /** Whether the server reads a range of blocks without reading the whole table. */
    boolean readsBlockRanges() {
        return postgres.serverVersion() >= CHEAP_BLOCK_RANGES;
    }

    @Override
    public void close() {
        resources.close();
    }
}
