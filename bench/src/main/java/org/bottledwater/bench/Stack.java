package org.bottledwater.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.RegistryServer;

/** The servers that all runs share. They are set up so that neither disk nor a checkpoint in the wrong moment is measured. */
final class Stack implements AutoCloseable {
    static final String DATABASE = "postgres";

    private static final Map<String, String> POSTGRES = Map.of(
            "shared_buffers", "1GB",
            "max_wal_size", "32GB",
            "checkpoint_timeout", "1h",
            "autovacuum", "off",
            "max_replication_slots", "20",
            "max_wal_senders", "20",
            "max_connections", "100");

    private static final Map<String, String> KAFKA = Map.of(
            "num.partitions", "1",
            // A topic takes what the producer sends, as it is.
            "compression.type", "producer",
            "message.max.bytes", "10000000",
            "log.segment.bytes", "1073741824",
            "log.cleaner.enable", "false",
            "num.network.threads", "2",
            "num.io.threads", "4");

    private static final List<String> BROKER_JVM = List.of("-Xms768m", "-Xmx768m", "-XX:+UseParallelGC");

    private final PostgresServer postgres;
    private final KafkaBroker kafka;
    private final RegistryServer registry;
    private final boolean unixSocket;

    private Stack(PostgresServer postgres, KafkaBroker kafka, RegistryServer registry, boolean unixSocket) {
        this.postgres = postgres;
        this.kafka = kafka;
        this.registry = registry;
        this.unixSocket = unixSocket;
    }

    static Stack start(String major, boolean unixSocket) {
        PostgresServer postgres = PostgresServer.start(new PostgresOptions(major, POSTGRES, List.of(), Map.of()));
        try {
            KafkaBroker kafka = KafkaBroker.start(KAFKA, BROKER_JVM);
            try {
                return new Stack(postgres, kafka, RegistryServer.start(), unixSocket);
            } catch (RuntimeException e) {
                kafka.close();
                throw e;
            }
        } catch (RuntimeException e) {
            postgres.close();
            throw e;
        }
    }

    String broker() {
        return kafka.bootstrapServers();
    }

    String registry() {
        return registry.url();
    }

    String postgresVersion() {
        return postgres.version();
    }

    /** By a unix socket, the one name that the sockets' factory takes for it. */
    String host() {
        return unixSocket ? "localhost" : postgres.host();
    }

    int port() {
        return postgres.port();
    }

    boolean unixSocket() {
        return unixSocket;
    }

    Path socketFile() {
        return Path.of(postgres.socketDirectory(), ".s.PGSQL." + postgres.port());
    }

    /** As {@code bottledwater} takes it. */
    String uri() {
        return unixSocket
                ? "postgres://postgres@/" + DATABASE + "?host=" + postgres.socketDirectory() + "&port="
                        + postgres.port()
                : postgres.uri(DATABASE);
    }

    /** Driver properties for the kind of socket that is measured. */
    Map<String, String> socketProperties() {
        return unixSocket
                ? Map.of(
                        "socketFactory", "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg",
                        "socketFactoryArg", socketFile().toString(),
                        "sslmode", "disable")
                : Map.of("sslmode", "disable");
    }

    Connection connect(Map<String, String> more) {
        Properties properties = new Properties();
        properties.putAll(socketProperties());
        properties.putAll(more);
        properties.putIfAbsent("user", "postgres");
        try {
            return DriverManager.getConnection(
                    "jdbc:postgresql://" + host() + ":" + port() + "/" + DATABASE, properties);
        } catch (SQLException e) {
            throw new BenchException("no connection to PostgreSQL", e);
        }
    }

    Connection connect() {
        return connect(Map.of());
    }

    void sql(String... statements) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new BenchException("SQL failed: " + String.join("; ", statements), e);
        }
    }

    /** Drops the slot of a tool that has ended: its log would be kept, and slots are few. */
    void forget(String slot) {
        sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '" + slot
                + "' AND NOT active");
    }

    /** The servers' processes by name. */
    Map<String, Meter> meters() {
        Map<String, Meter> meters = new LinkedHashMap<>();
        meters.put("postgres", Meter.withChildren(postgres.pid()));
        meters.put("kafka", Meter.of(kafka.pid()));
        meters.put("registry", Meter.of(registry.pid()));
        return meters;
    }

    @Override
    public void close() {
        try (postgres;
                kafka;
                registry) {
            // All three end.
        }
    }
}
