package org.bottledwater.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** One Kafka broker that is its own controller, without security, with topics created on demand. */
public final class KafkaBroker implements AutoCloseable {

    private final ServerProcess process;
    private final List<String> command;
    private final int port;
    private final OptionalInt proxied;

    /** Whether the controller's log may say that a broker is at work: it does from a start to an orderly stop. */
    private volatile boolean registered;

    private KafkaBroker(ServerProcess process, List<String> command, int port, OptionalInt proxied) {
        this.process = process;
        this.command = command;
        this.port = port;
        this.proxied = proxied;
    }

    public static KafkaBroker start() {
        return start(Map.of());
    }

    /** The settings, named as in the broker's configuration, override ours. */
    public static KafkaBroker start(Map<String, String> settings) {
        return start(settings, OptionalInt.empty());
    }

    /** One that is measured: it runs with these options of the JVM instead of those that make it start quickly. */
    public static KafkaBroker start(Map<String, String> settings, List<String> jvmOptions) {
        return start(ServerFiles.find(), settings, OptionalInt.empty(), jvmOptions);
    }

    /**
     * A broker with a second way in: clients that begin at {@code advertisedPort} of the loopback address are told to go on
     * there, where somebody has to forward them to {@link #proxiedPort}. The broker itself does not go that way.
     */
    public static KafkaBroker startBehindProxy(int advertisedPort, Map<String, String> settings) {
        return start(settings, OptionalInt.of(advertisedPort));
    }

    private static KafkaBroker start(Map<String, String> settings, OptionalInt advertisedPort) {
        ServerFiles files = ServerFiles.find();
        return start(files, settings, advertisedPort, archive(files).options());
    }

    /** Makes later starts quicker. */
    static void recordClasses() {
        ServerFiles files = ServerFiles.find();
        archive(files).record(options -> {
            try (KafkaBroker broker = start(files, Map.of(), OptionalInt.empty(), options)) {
                broker.stop();
            }
        });
    }

    private static ClassArchive archive(ServerFiles files) {
        return new ClassArchive(files.cache(), "kafka-" + files.kafkaVersion());
    }

    private static KafkaBroker start(
            ServerFiles files, Map<String, String> settings, OptionalInt advertisedPort, List<String> jvmOptions) {
        ServerProcess process = ServerProcess.prepare("kafka", "KILL");
        boolean started = false;
        try {
            int port = Ports.free();
            OptionalInt proxied = advertisedPort.isPresent() ? OptionalInt.of(Ports.free()) : OptionalInt.empty();
            KafkaFolder.Listeners listeners = new KafkaFolder.Listeners(port, proxied, advertisedPort);
            KafkaFolder.create(files, process.folder(), listeners, settings);
            List<String> command = new ArrayList<>(List.of(Programs.java()));
            command.addAll(jvmOptions);
            // Native libraries and caches are unpacked there, and would stay behind when the JVM is killed.
            command.add("-Djava.io.tmpdir=" + process.folder());
            command.add("-Dorg.slf4j.simpleLogger.showDateTime=true");
            command.add("-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS");
            command.add("-Dorg.slf4j.simpleLogger.showShortLogName=true");
            command.addAll(List.of("-cp", files.kafkaClassPath(), "kafka.Kafka"));
            KafkaBroker broker = new KafkaBroker(process, command, port, proxied);
            broker.restart();
            started = true;
            return broker;
        } finally {
            if (!started) {
                process.close();
            }
        }
    }

    /** {@code 127.0.0.1:PORT}. */
    public String bootstrapServers() {
        return Ports.HOST + ":" + port;
    }

    /** Where a proxy has to forward to. */
    public int proxiedPort() {
        return proxied.orElseThrow();
    }

    public long pid() {
        return process.pid();
    }

    public Path log() {
        return process.log();
    }

    public synchronized void stop() {
        if (process.isRunning()) {
            process.stop("TERM");
            registered = false;
        }
    }

    public void kill() {
        process.kill();
    }

    /** Starts again on the same data and port, after a stop if it still runs. After a kill it takes some five seconds. */
    public synchronized void restart() {
        stop();
        if (registered) {
            retireFormerSelf();
        }
        process.start(
                withConfiguration(KafkaFolder.CONFIGURATION),
                () -> process.logSinceStart().contains("Kafka Server started"));
        registered = true;
    }

    /**
     * In a real cluster a controller outlives the broker and soon takes its partitions away. Ours died with it and would
     * wake up believing that the broker still leads, until it finds out that the session is over. Transactions that were
     * committed in between have been seen to stay invisible for ever. So the controller comes up alone until it has
     * retired the dead broker.
     */
    private void retireFormerSelf() {
        process.start(
                withConfiguration(KafkaFolder.CONTROLLER_CONFIGURATION),
                () -> process.logSinceStart().contains("Fencing broker 1 at epoch"));
        process.stop("TERM");
        registered = false;
    }

    private List<String> withConfiguration(String name) {
        List<String> whole = new ArrayList<>(command);
        whole.add(process.folder().resolve(name).toString());
        return whole;
    }

    /** Ends the broker and deletes its data. */
    @Override
    public void close() {
        process.close();
    }
}
