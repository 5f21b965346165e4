package org.bottledwater.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bottledwater.sandbox.ConnectWorker;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.Waiting;

/** Workers of one group, and what is asked of them. */
final class Cluster implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    final List<ConnectWorker> workers = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final String broker;
    private final Map<String, String> settings;

    private Cluster(String broker, Map<String, String> settings) {
        this.broker = broker;
        this.settings = settings;
    }

    static Cluster exactlyOnce(KafkaBroker broker) {
        return new Cluster(broker.bootstrapServers(), Map.of("exactly.once.source.support", "enabled"));
    }

    static Cluster of(KafkaBroker broker, Map<String, String> settings) {
        return new Cluster(broker.bootstrapServers(), settings);
    }

    ConnectWorker add() {
        ConnectWorker worker = ConnectWorker.start(Plugin.workerClassPath(), Plugin.folder(), broker, settings);
        workers.add(worker);
        return worker;
    }

    /** One that may take more memory and gets faster with time. */
    ConnectWorker addLarge() {
        ConnectWorker worker = ConnectWorker.start(
                Plugin.workerClassPath(), Plugin.folder(), broker, settings, List.of("-Xmx1g", "-XX:+UseParallelGC"));
        workers.add(worker);
        return worker;
    }

    /** What every connector of these tests has. */
    static Map<String, String> connector(String postgres, String name, Map<String, String> more) {
        Map<String, String> config = new TreeMap<>();
        config.put("name", name);
        config.put("connector.class", BottledWaterSourceConnector.class.getName());
        config.put("tasks.max", "1");
        config.put("exactly.once.support", "required");
        config.put("transaction.boundary", "connector");
        config.put("postgres.url", postgres);
        config.put("slot", name);
        config.put("topic.prefix", name);
        config.putAll(more);
        return config;
    }

    /** Makes it, or changes its settings. */
    void put(String name, Map<String, String> config) {
        Waiting.until("connector " + name + " is taken", () -> {
            JsonNode answer = ask("PUT", "/connectors/" + name + "/config", JSON.writeValueAsString(config));
            if (answer.path("error_code").asInt() == 400) {
                throw new AssertionError(answer.path("message").asText());
            }
            return answer.has("name");
        });
    }

    JsonNode validate(Map<String, String> config) throws IOException, InterruptedException {
        return ask(
                "PUT",
                "/connector-plugins/" + BottledWaterSourceConnector.class.getSimpleName() + "/config/validate",
                JSON.writeValueAsString(config));
    }

    JsonNode ask(String method, String path, String body) throws IOException, InterruptedException {
        IOException last = new IOException("no worker");
        for (ConnectWorker worker : List.copyOf(workers)) {
            try {
                HttpRequest request = HttpRequest.newBuilder(URI.create(worker.url() + path))
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build();
                String answer =
                        http.send(request, HttpResponse.BodyHandlers.ofString()).body();
                return answer.isEmpty() ? JSON.createObjectNode() : JSON.readTree(answer);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    String taskState(String name, int task) throws IOException, InterruptedException {
        return status(name).path("tasks").path(task).path("state").asText();
    }

    /** So that the next test finds none. */
    void deleteConnectors() throws IOException, InterruptedException {
        for (JsonNode name : ask("GET", "/connectors", "")) {
            ask("DELETE", "/connectors/" + name.asText(), "");
        }
    }

    JsonNode status(String name) throws IOException, InterruptedException {
        return ask("GET", "/connectors/" + name + "/status", "");
    }

    void awaitRunning(String name) {
        Waiting.until("task of " + name + " runs", () -> taskState(name, 0).equals("RUNNING"));
    }

    /** What the workers have logged, for messages of failures. */
    String logs() {
        StringBuilder all = new StringBuilder();
        for (ConnectWorker worker : workers) {
            try {
                all.append(Files.readString(worker.log()));
            } catch (IOException e) {
                all.append(e.getMessage());
            }
        }
        return all.toString();
    }

    @Override
    public void close() {
        workers.forEach(ConnectWorker::close);
    }
}
