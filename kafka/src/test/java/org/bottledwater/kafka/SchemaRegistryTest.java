package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.sandbox.RegistryServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SchemaRegistryTest {
    private static final RegistryServer SERVER = RegistryServer.start();
    private static final String ORDERS = schema("{\"name\":\"id\",\"type\":\"int\"}");

    private final SchemaRegistry registry = new SchemaRegistry(List.of(URI.create(SERVER.url())), Map.of());

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @Test
    void shouldRegisterAndFind() {
        registry.reachable();
        int id = registry.register("point-of-sale.orders-value", ORDERS);
        assertThat(registry.register("point-of-sale.orders-value", ORDERS)).isEqualTo(id);

        SchemaRegistry reader = new SchemaRegistry(List.of(URI.create(SERVER.url() + "/")), Map.of());
        assertThat(reader.schemaById(id)).isEqualTo(ORDERS);
        assertThat(reader.register("point-of-sale.orders-value", ORDERS)).isEqualTo(id);
        assertThat(reader.register("a subject/with + signs-value", ORDERS)).isPositive();
    }

    @Test
    void shouldGiveAChangedSchemaANewId() {
        int id = registry.register("changed-value", ORDERS);
        String changed = schema("{\"name\":\"id\",\"type\":\"long\"}");
        int next = registry.register("changed-value", changed);
        assertThat(next).isNotEqualTo(id);
        assertThat(registry.schemaById(next)).isEqualTo(changed);
    }

    @Test
    void shouldSayWhatIsRefusedAndTheWayOn() throws Exception {
        registry.register("strict-value", ORDERS);
        put("/config/strict-value", "{\"compatibility\":\"BACKWARD\"}");
        String changed = schema("{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\"}");
        assertThatThrownBy(() -> registry.register("strict-value", changed))
                .isInstanceOf(SchemaRefusedException.class)
                .hasMessageStartingWith("the schema registry refuses a schema: subject=strict-value: ")
                .hasMessageContaining("against the registered version 1: field changed: id from \"int\" to \"string\","
                        + " field added: at \"long\"")
                .hasMessageEndingWith("loosen the subject's compatibility (PUT /config/strict-value"
                        + " {\"compatibility\":\"NONE\"}), and start again");
    }

    @Test
    void shouldSayThatASchemaIsNone() {
        assertThatThrownBy(() -> registry.register("broken-value", "{\"type\":\"record\"}"))
                .isInstanceOf(SchemaRefusedException.class)
                .hasMessageStartingWith("the schema registry refuses a schema: subject=broken-value: ");
    }

    @Test
    void shouldSayThatAnIdIsUnknown() {
        assertThatThrownBy(() -> registry.schemaById(987654))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("the schema registry does not know the schema: id=987654 at " + SERVER.url());
    }

    @Test
    void shouldSayThatThePathIsMissing() {
        URI root = URI.create(SERVER.url()).resolve("/nothing/here");
        assertThatThrownBy(() -> new SchemaRegistry(List.of(root), Map.of()).register("x-value", ORDERS))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("HTTP 404")
                .hasMessageContaining("/apis/ccompat/v7");
    }

    private static String schema(String fields) {
        return "{\"type\":\"record\",\"name\":\"orders\",\"fields\":[" + fields + "]}";
    }

    private static void put(String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(SERVER.url() + path))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build();
        int status = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
        assertThat(status).isEqualTo(200);
    }
}
