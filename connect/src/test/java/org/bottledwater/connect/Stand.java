package org.bottledwater.connect;

import org.bottledwater.sandbox.KafkaBroker;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A broker, a database and workers that the tests of a class share. After each test its connectors and its tables are gone;
 * topics stay, so that each test has names of its own.
 */
final class Stand implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private final int workers;

    @SuppressWarnings("NullAway.Init")
    KafkaBroker broker;

    @SuppressWarnings("NullAway.Init")
    Database database;

    @SuppressWarnings("NullAway.Init")
    Cluster cluster;

    @SuppressWarnings("NullAway.Init")
    Topics topics;

    /** @param workers how many there are at the beginning */
    Stand(int workers) {
        this.workers = workers;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        broker = KafkaBroker.start();
        database = new Database();
        cluster = Cluster.exactlyOnce(broker);
        for (int i = 0; i < workers; i++) {
            cluster.add();
        }
        topics = new Topics(broker.bootstrapServers());
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        cluster.deleteConnectors();
        database.empty();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        cluster.close();
        database.close();
        broker.close();
    }
}
