package org.bottledwater.sandbox;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** A PostgreSQL, a Kafka broker and a schema registry that belong together. */
public final class Sandbox implements AutoCloseable {

    private static final String NEWEST_MAJOR = "18";

    private final PostgresServer postgres;
    private final KafkaBroker kafka;
    private final RegistryServer registry;

    private Sandbox(PostgresServer postgres, KafkaBroker kafka, RegistryServer registry) {
        this.postgres = postgres;
        this.kafka = kafka;
        this.registry = registry;
    }

    /** Whether there are servers to start: a checkout has them, a package has not. */
    public static boolean isAvailable() {
        return ServerFiles.isAvailable();
    }

    /** Starts the newest PostgreSQL and the other two, all at the same time. */
    public static Sandbox start() {
        return start(PostgresOptions.of(NEWEST_MAJOR), line -> {});
    }

    /** {@code progress} gets a line for a person whenever one of the three is ready, on the thread that started it. */
    public static Sandbox start(PostgresOptions options, Consumer<String> progress) {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        var postgres = CompletableFuture.supplyAsync(
                () -> {
                    PostgresServer server = PostgresServer.start(options);
                    progress.accept("PostgreSQL " + server.version() + " is up: " + server.uri("postgres"));
                    return server;
                },
                threads);
        var kafka = CompletableFuture.supplyAsync(
                () -> {
                    KafkaBroker server = KafkaBroker.start();
                    progress.accept("Kafka is up: " + server.bootstrapServers());
                    return server;
                },
                threads);
        var registry = CompletableFuture.supplyAsync(
                () -> {
                    RegistryServer server = RegistryServer.start();
                    progress.accept("Schema registry is up: " + server.url());
                    return server;
                },
                threads);
        try {
            // All are waited for, also when one has failed: the others must not come up unowned.
            CompletableFuture.allOf(postgres, kafka, registry).join();
            return new Sandbox(postgres.join(), kafka.join(), registry.join());
        } catch (CompletionException e) {
            closeIfUp(postgres);
            closeIfUp(kafka);
            closeIfUp(registry);
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } finally {
            threads.shutdown();
        }
    }

    private static void closeIfUp(CompletableFuture<? extends AutoCloseable> starting) {
        if (starting.isCompletedExceptionally()) {
            return;
        }
        try {
            starting.join().close();
        } catch (Exception e) {
            throw new SandboxException("sandbox: could not close a server", e);
        }
    }

    /**
     * Unpacks the programs and records class archives, which take some 20 seconds once, and from then on every start takes
     * half the time. Without it what is needed is unpacked at the first start.
     */
    public static void prepare() {
        CompletableFuture<Void> kafka = CompletableFuture.runAsync(KafkaBroker::recordClasses);
        RegistryServer.recordClasses();
        kafka.join();
    }

    public PostgresServer postgres() {
        return postgres;
    }

    public KafkaBroker kafka() {
        return kafka;
    }

    public RegistryServer registry() {
        return registry;
    }

    /** Ends the three and deletes their data. */
    @Override
    public void close() {
        try {
            postgres.close();
        } finally {
            try {
                kafka.close();
            } finally {
                registry.close();
            }
        }
    }
}
