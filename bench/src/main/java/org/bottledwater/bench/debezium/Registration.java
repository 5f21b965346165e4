package org.bottledwater.bench.debezium;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;

/** Asks the schema registry for the id of a schema. */
final class Registration {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Registration() {}

    static int register(URI registry, String subject, String schema) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(registry + "/subjects/" + subject + "/versions"))
                    .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                    .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(Map.of("schema", schema))))
                    .build();
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new ConnectException("schema not registered: subject=" + subject + " status="
                        + answer.statusCode() + " answer=" + answer.body());
            }
            return JSON.readTree(answer.body()).get("id").asInt();
        } catch (IOException e) {
            throw new ConnectException("schema registry not reached: url=" + registry, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted", e);
        }
    }
}
