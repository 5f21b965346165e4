package org.bottledwater.pipeline;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.Schemas;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.PublicationPlaces;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Slots;

/** The servers of one attempt. Closing it closes everything that was added to it. */
final class Connections implements AutoCloseable {
    private static final int CHEAP_BLOCK_RANGES = 140000;

    private final Settings settings;
    private final Resources resources = new Resources();
    private final Postgres postgres;
    private final Destination destination;

    private Connections(Settings settings, Destination destination) {
        this.settings = settings;
        this.destination = add(destination);
        try {
            postgres = add(Postgres.connect(settings.postgres()));
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    static Connections open(Settings settings) {
        return open(settings, new KafkaDestination(settings));
    }

    /** @param destination is closed with the others */
    static Connections open(Settings settings, Destination destination) {
        return new Connections(settings, destination);
    }

    /** @throws org.bottledwater.change.ConnectionException if nobody answers */
    void reachDestination() {
        destination.reach();
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

    PublicationPlaces places() {
        return new PublicationPlaces(postgres, publications());
    }

    TopicLookup topics() {
        return destination.topics();
    }

    Optional<Schemas> schemas() {
        return destination.schemas();
    }

    Sink sink() {
        return destination.sink();
    }

    BooleanSupplier requests() {
        return destination.requests();
    }

    Companions companions() {
        return destination.companions();
    }

    CheckpointState checkpoint() {
        return destination.checkpoint();
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
