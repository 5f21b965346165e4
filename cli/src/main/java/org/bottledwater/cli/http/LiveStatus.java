package org.bottledwater.cli.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.bottledwater.change.ConnectionException;

/** What a running instance says of itself at {@code /api/status}. */
public final class LiveStatus {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private LiveStatus() {}

    /** @throws ConnectionException if nobody answers there, or somebody else */
    public static JsonNode ask(InetSocketAddress address) throws InterruptedException {
        URI uri = uri(address);
        HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            JsonNode status = new ObjectMapper().readTree(answer.body());
            if (answer.statusCode() == 200 && status.path("phase").isTextual()) {
                return status;
            }
            throw new IOException("not an instance of bottledwater, HTTP " + answer.statusCode());
        } catch (IOException e) {
            String reason = e.getMessage() == null ? "connection refused" : e.getMessage();
            throw new ConnectionException("no instance answers at " + uri + ": " + reason, e);
        }
    }

    /** One that listens everywhere is asked here. */
    private static URI uri(InetSocketAddress address) {
        InetAddress host = address.getAddress();
        String name = host.isAnyLocalAddress() ? "localhost" : address.getHostString();
        return URI.create(
                "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + address.getPort() + "/api/status");
    }
}
