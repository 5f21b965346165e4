package org.bottledwater.sandbox;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An Apicurio schema registry that speaks Confluent's API. Unlike Confluent's it has the compatibility level NONE until told
 * otherwise ({@code PUT /config}). Its schemas survive a restart.
 */
public final class RegistryServer implements AutoCloseable {

    private static final int HTTP_TIMEOUT_MILLIS = 5_000;

    private final ServerProcess process;
    private final List<String> command;
    private final int port;

    private RegistryServer(ServerProcess process, List<String> command, int port) {
        this.process = process;
        this.command = command;
        this.port = port;
    }

    public static RegistryServer start() {
        ServerFiles files = ServerFiles.find();
        return start(files, archive(files).options());
    }

    /** Makes later starts quicker. */
    static void recordClasses() {
        ServerFiles files = ServerFiles.find();
        archive(files).record(options -> {
            try (RegistryServer registry = start(files, options)) {
                registry.stop();
            }
        });
    }

    private static ClassArchive archive(ServerFiles files) {
        return new ClassArchive(files.cache(), "registry-" + files.registryVersion());
    }

    private static RegistryServer start(ServerFiles files, List<String> jvmOptions) {
        Path jar = files.registryJar();
        ServerProcess process = ServerProcess.prepare("registry", "KILL");
        boolean started = false;
        try {
            int port = Ports.free();
            List<String> command = new ArrayList<>(List.of(Programs.java()));
            command.addAll(jvmOptions);
            // Native libraries and caches are unpacked there, and would stay behind when the JVM is killed.
            command.add("-Djava.io.tmpdir=" + process.folder());
            command.add("-Dquarkus.http.host=" + Ports.HOST);
            command.add("-Dquarkus.http.port=" + port);
            // On disk at once: ids that were given out hold even when the registry is killed.
            command.add(
                    "-Dapicurio.datasource.url=jdbc:h2:file:" + process.folder().resolve("data") + ";WRITE_DELAY=0");
            command.addAll(List.of("-jar", jar.toString()));
            RegistryServer registry = new RegistryServer(process, command, port);
            registry.restart();
            started = true;
            return registry;
        } finally {
            if (!started) {
                process.close();
            }
        }
    }

    /** {@code http://127.0.0.1:PORT/apis/ccompat/v7}: a base with a path, without a slash at the end. */
    public String url() {
        return "http://" + Ports.HOST + ":" + port + "/apis/ccompat/v7";
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

    /** Starts again on the same data and port, after a stop if it still runs. */
    public void restart() {
        stop();
        process.start(command, this::answers);
    }

    private boolean answers() throws IOException {
        URL subjects = URI.create(url() + "/subjects").toURL();
        HttpURLConnection connection = (HttpURLConnection) subjects.openConnection();
        connection.setConnectTimeout(HTTP_TIMEOUT_MILLIS);
        connection.setReadTimeout(HTTP_TIMEOUT_MILLIS);
        try {
            return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException e) {
            // Nobody listens yet.
            return false;
        } finally {
            connection.disconnect();
        }
    }

    /** Ends the registry and deletes its data. */
    @Override
    public void close() {
        process.close();
    }
}
