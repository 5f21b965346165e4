package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A worker of Kafka Connect in distributed mode, from whoever's jars, that forms a cluster with those of its group. */
public final class ConnectWorker implements AutoCloseable {
    private static final String CONFIGURATION = "worker.properties";

    /** It starts soon and needs little memory, and never gets really fast. */
    private static final List<String> SMALL = List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final ServerProcess process;
    private final List<String> jvmOptions;
    private final String classPath;
    private final int port;

    private ConnectWorker(ServerProcess process, List<String> jvmOptions, String classPath, int port) {
        this.process = process;
        this.jvmOptions = jvmOptions;
        this.classPath = classPath;
        this.port = port;
    }

    /**
     * @param classPath the worker's own jars
     * @param plugins the folder of plugins
     * @param settings named as in the worker's configuration; they override ours
     */
    public static ConnectWorker start(String classPath, Path plugins, String broker, Map<String, String> settings) {
        return start(classPath, plugins, broker, settings, SMALL);
    }

    /** The same, in a JVM with these options. */
    public static ConnectWorker start(
            String classPath, Path plugins, String broker, Map<String, String> settings, List<String> jvmOptions) {
        ServerProcess process = ServerProcess.prepare("connect", "KILL");
        boolean started = false;
        try {
            int port = Ports.free();
            Map<String, String> all = new LinkedHashMap<>();
            all.put("bootstrap.servers", broker);
            all.put("group.id", "connect");
            all.put("listeners", "http://" + Ports.HOST + ":" + port);
            all.put("rest.advertised.host.name", Ports.HOST);
            all.put("plugin.path", plugins.toString());
            all.put("plugin.discovery", "service_load");
            for (String topic : List.of("offset", "config", "status")) {
                all.put(topic + ".storage.topic", "connect-" + topic);
                all.put(topic + ".storage.replication.factor", "1");
            }
            all.put("offset.storage.partitions", "3");
            all.put("status.storage.partitions", "1");
            all.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
            all.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
            // A worker that was killed is missed, and its work given to others, soon.
            all.put("heartbeat.interval.ms", "1000");
            all.put("session.timeout.ms", "6000");
            all.put("scheduled.rebalance.max.delay.ms", "1000");
            all.putAll(settings);
            List<String> lines = all.entrySet().stream()
                    .map(setting -> setting.getKey() + "=" + setting.getValue())
                    .toList();
            Files.write(process.folder().resolve(CONFIGURATION), lines);
            ConnectWorker worker = new ConnectWorker(process, jvmOptions, classPath, port);
            worker.restart();
            started = true;
            return worker;
        } catch (IOException e) {
            throw new UncheckedIOException("connect: could not write its configuration", e);
        } finally {
            if (!started) {
                process.close();
            }
        }
    }

    /** {@code http://127.0.0.1:PORT}. */
    public String url() {
        return "http://" + Ports.HOST + ":" + port;
    }

    public long pid() {
        return process.pid();
    }

    public Path log() {
        return process.log();
    }

    public void stop() {
        process.stop("TERM");
    }

    public void kill() {
        process.kill();
    }

    /** Starts again after a stop or a kill. */
    public void restart() {
        List<String> command = new ArrayList<>();
        command.add(Programs.java());
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-Djava.io.tmpdir=" + process.folder(),
                "-cp",
                classPath,
                "org.apache.kafka.connect.cli.ConnectDistributed",
                process.folder().resolve(CONFIGURATION).toString()));
        process.start(
                command,
                () -> isListening() && process.logSinceStart().contains("Finished starting connectors and tasks"));
    }

    private boolean isListening() {
        try (Socket socket = new Socket()) {
            socket.connect(Ports.address(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends the worker at once. */
    @Override
    public void close() {
        process.close();
    }
}
