package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.SinkOptions;
import org.bottledwater.kafka.Topics;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Slots;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The servers of one attempt. Closing it closes everything that was added to it. */
final class Connections implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Connections.class);
    private static final Duration REACH_PATIENCE = Duration.ofSeconds(10);
    private static final Duration CHECKPOINT_PATIENCE = Duration.ofMinutes(2);

    /** The server notices a killed client at once, and one whose machine is gone after its {@code wal_sender_timeout}. */
    private static final Duration SLOT_PATIENCE = Duration.ofSeconds(90);

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
        return add(
                settings.delivery() == Delivery.EXACTLY_ONCE
                        ? Sink.exactlyOnce(settings.kafka(), settings.slot(), checkpoints, SinkOptions.DEFAULT)
                        : Sink.atLeastOnce(settings.kafka(), settings.slot(), checkpoints, SinkOptions.DEFAULT));
    }

    /** What is remembered of the slot. Without an own sink open, somebody else's transaction may just be changing it. */
    CheckpointState checkpoint() {
        return checkpoints.read(settings.slot(), CHECKPOINT_PATIENCE);
    }

    /**
     * The slot, once nobody reads it or the run is to stop.
     *
     * @throws ConfigurationException if somebody goes on reading it
     */
    Optional<Slot> freeSlot(BooleanSupplier stopping) throws InterruptedException {
        Slots slots = slots();
        long deadline = System.nanoTime() + SLOT_PATIENCE.toNanos();
        boolean told = false;
        while (true) {
            Optional<Slot> slot = slots.find(settings.slot());
            if (slot.isEmpty() || !slot.get().active() || stopping.getAsBoolean()) {
                return slot;
            }
            if (System.nanoTime() >= deadline) {
                throw new ConfigurationException("slot " + settings.slot() + " is in use: pid="
                        + slot.get().activePid()
                        + "\n  another instance is running: stop it, or choose another --slot;"
                        + "\n  if its machine is gone for good:  SELECT pg_terminate_backend("
                        + slot.get().activePid() + ");");
            }
            if (!told) {
                log.info(
                        "slot {} is in use by process {} of the server: waiting",
                        settings.slot(),
                        slot.get().activePid());
                told = true;
            }
            Thread.sleep(200);
        }
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
