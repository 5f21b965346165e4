package org.bottledwater.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

class RegistryServerTest {

    private static final String SCHEMA = "{\"schema\": \"\\\"long\\\"\"}";

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void shouldKeepItsSchemasThroughStopAndKill() throws Exception {
        try (RegistryServer registry = RegistryServer.start()) {
            HttpRequest register = request(registry, "/subjects/t-value/versions")
                    .POST(HttpRequest.BodyPublishers.ofString(SCHEMA))
                    .build();
            String id = send(register);
            assertThat(id).matches("\\{\"id\":\\d+}");

            registry.kill();
            registry.restart();
            assertThat(send(register)).isEqualTo(id);
            registry.stop();
            registry.restart();
            assertThat(send(request(registry, "/subjects").build())).isEqualTo("[\"t-value\"]");
        }
    }

    private static HttpRequest.Builder request(RegistryServer registry, String path) {
        return HttpRequest.newBuilder(URI.create(registry.url() + path))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json");
    }

    private String send(HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString()).body();
    }
}
