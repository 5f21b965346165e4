package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;

/** The configuration of a broker and its formatted data folder. */
final class KafkaFolder {

    private static final Duration FORMAT_LIMIT = Duration.ofMinutes(1);
    static final String CONFIGURATION = "server.properties";

    /** The same node without its broker, and so with nothing that a client could reach. */
    static final String CONTROLLER_CONFIGURATION = "controller.properties";

    private static final String CHECKPOINT = "bootstrap.checkpoint";

    private KafkaFolder() {}

    /** The broker's own port, and that behind a proxy with the port that the proxy's clients know. */
    record Listeners(int port, OptionalInt proxied, OptionalInt advertised) {
        private String own() {
            return "PLAINTEXT://" + Ports.HOST + ":" + port;
        }

        private static String behindProxy(OptionalInt port) {
            return port.isPresent() ? ",PROXIED://" + Ports.HOST + ":" + port.getAsInt() : "";
        }

        String bound() {
            return own() + behindProxy(proxied);
        }

        String told() {
            return own() + behindProxy(advertised);
        }
    }

    static void create(ServerFiles files, Path folder, Listeners listeners, Map<String, String> settings) {
        Path configuration = configure(folder, listeners, settings);
        format(files, folder.resolve("data"), configuration);
    }

    private static Path configure(Path folder, Listeners listeners, Map<String, String> settings) {
        int controllerPort = Ports.free();
        String controller = "CONTROLLER://" + Ports.HOST + ":" + controllerPort;
        Map<String, String> all = new LinkedHashMap<>();
        all.put("process.roles", "broker,controller");
        all.put("node.id", "1");
        all.put("controller.quorum.voters", "1@" + Ports.HOST + ":" + controllerPort);
        all.put("controller.listener.names", "CONTROLLER");
        all.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT");
        all.put("listeners", listeners.bound() + "," + controller);
        all.put("advertised.listeners", listeners.told());
        all.put("log.dirs", folder.resolve("data").toString());
        all.put("auto.create.topics.enable", "true");
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            all.put(topic + ".replication.factor", "1");
            all.put(topic + ".num.partitions", "1");
        }
        all.put("transaction.state.log.min.isr", "1");
        all.put("share.coordinator.state.topic.min.isr", "1");
        all.put("group.initial.rebalance.delay.ms", "0");
        // The default wants 128 MiB of heap.
        all.put("log.cleaner.dedupe.buffer.size", "2097152");
        // A broker that was killed may come back only when its former session is over.
        all.put("broker.session.timeout.ms", "2000");
        all.put("broker.heartbeat.interval.ms", "500");
        all.putAll(settings);
        Path configuration = write(folder.resolve(CONFIGURATION), all);

        all.put("process.roles", "controller");
        all.put("listeners", controller);
        all.remove("advertised.listeners");
        write(folder.resolve(CONTROLLER_CONFIGURATION), all);
        return configuration;
    }

    private static Path write(Path file, Map<String, String> settings) {
        List<String> lines = settings.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue().replace("\\", "\\\\"))
                .toList();
        try {
            return Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException("kafka: could not write, path=" + file, e);
        }
    }

    /**
     * Kafka's own formatting takes a JVM of its own. Of what it writes, the list of features is the same for every broker
     * and kept; the identity is new for each.
     */
    private static void format(ServerFiles files, Path data, Path configuration) {
        Path template = files.cache().once("kafka-formatted-" + files.kafkaVersion(), target -> {
            List<String> tool = List.of(
                    Programs.java(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    files.kafkaClassPath(),
                    "kafka.tools.StorageTool",
                    "format",
                    "--cluster-id",
                    randomId(),
                    "--config",
                    configuration.toString());
            Path log = data.resolveSibling("format.log");
            Programs.run("kafka: format", tool, log, FORMAT_LIMIT);
            Files.createDirectory(target);
            Files.move(data.resolve(CHECKPOINT), target.resolve(CHECKPOINT));
            Files.delete(data.resolve("meta.properties"));
        });
        try {
            Files.createDirectories(data);
            Files.copy(template.resolve(CHECKPOINT), data.resolve(CHECKPOINT));
            List<String> identity =
                    List.of("version=1", "node.id=1", "cluster.id=" + randomId(), "directory.id=" + randomId());
            Files.write(data.resolve("meta.properties"), identity);
        } catch (IOException e) {
            throw new UncheckedIOException("kafka: could not format, folder=" + data, e);
        }
    }

    /** Kafka writes its identities as base64, and refuses those that begin with a dash only on its command line. */
    private static String randomId() {
        UUID uuid = UUID.randomUUID();
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
        String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        return id.startsWith("-") ? "A" + id.substring(1) : id;
    }
}
