package org.bottledwater.cli.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Proxy;
import org.bottledwater.sandbox.RegistryServer;

/** The three servers, each behind a proxy for the program; the application and the judge go to them directly. */
final class Servers implements AutoCloseable {
    final PostgresServer postgres;
    final KafkaBroker kafka;
    final RegistryServer registry;
    final Proxy toPostgres = Proxy.open();
    final Proxy toKafka = Proxy.open();
    final Proxy toRegistry = Proxy.open();
    final Disk disk;

    private Servers(String major) throws IOException {
        var startingRegistry = CompletableFuture.supplyAsync(RegistryServer::start);
        var startingKafka = CompletableFuture.supplyAsync(() -> KafkaBroker.startBehindProxy(
                toKafka.port(),
                Map.of(
                        // About as Kafka's own: with the sandbox's two seconds each freeze would be a fail-over as
                        // well.
                        "broker.session.timeout.ms", "8000",
                        "log.segment.bytes", "1073741824")));
        postgres = PostgresServer.start(PostgresOptions.of(major)
                .with("wal_sender_timeout", "20s")
                .with("deadlock_timeout", "100ms")
                .with("max_connections", "60"));
        kafka = startingKafka.join();
        registry = startingRegistry.join();
        toPostgres.forwardTo(postgres.port());
        toKafka.forwardTo(kafka.proxiedPort());
        toRegistry.forwardTo(portOf(registry.url()));
        disk = Disk.under(kafka);
    }

    static Servers start(String major) throws IOException {
        return new Servers(major);
    }

    private static int portOf(String url) {
        return java.net.URI.create(url).getPort();
    }

    List<String> arguments(String database) {
        return List.of(
                "--postgres=postgres://postgres@127.0.0.1:" + toPostgres.port() + "/" + database,
                "--broker=127.0.0.1:" + toKafka.port(),
                "--schema-registry=" + registry.url().replaceFirst(":\\d+", ":" + toRegistry.port()));
    }

    List<Proxy> proxies() {
        return List.of(toPostgres, toKafka, toRegistry);
    }

    /** Where the broker keeps the topics. */
    Path topics() {
        return kafka.log().resolveSibling("data");
    }

    /** What is frozen goes on, and the network is a good one. */
    void heal() {
        proxies().forEach(Proxy::heal);
        for (long pid : List.of(postgres.pid(), kafka.pid(), registry.pid())) {
            Signals.sendToAll("CONT", pid);
        }
    }

    @Override
    public void close() {
        proxies().forEach(Proxy::close);
        postgres.close();
        registry.close();
        kafka.kill();
        disk.close();
        kafka.close();
    }
}
