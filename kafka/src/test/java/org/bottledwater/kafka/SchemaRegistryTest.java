package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.sandbox.RegistryServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SchemaRegistryTest {
    private static final RegistryServer SERVER = RegistryServer.start();
    private static final String ORDERS = schema("{\"name\":\"id\",\"type\":\"int\"}");

    private final SchemaRegistry registry = new SchemaRegistry(RegistrySettings.of(SERVER.url()));

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @Test
    void shouldRegisterAndFind() {
        registry.reachable();
        int id = registry.register("point-of-sale.orders-value", ORDERS);
        assertThat(registry.register("point-of-sale.orders-value", ORDERS)).isEqualTo(id);

        SchemaRegistry reader = new SchemaRegistry(RegistrySettings.of(SERVER.url() + "/"));
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
                .hasMessageEndingWith(
                        "\n  against version 1: field changed: id from \"int\" to \"string\", field added: at \"long\""
                                + "\n  undo the change of the table; keep a column text that was text before:"
                                + "  --column-type=schema.table.column=string"
                                + "\n  or let the subject take it, start again, and put the level back afterwards:"
                                + "\n    curl -X PUT -H 'Content-Type: application/json' -d '{\"compatibility\":\"NONE\"}' '"
                                + SERVER.url() + "/config/strict-value'"
                                + "\n  The next change can be rehearsed on a copy of the database:  bottledwater schema --check");
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
        String root = URI.create(SERVER.url()).resolve("/nothing/here").toString();
        assertThatThrownBy(() -> new SchemaRegistry(RegistrySettings.of(root)).register("x-value", ORDERS))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("HTTP 404")
                .hasMessageContaining("/apis/ccompat/v7");
    }

    @Test
    void shouldForetellWhatTheRegistryWouldSayAndRegisterNothing() throws Exception {
        assertThat(registry.check("foretold-value", ORDERS).kind()).isEqualTo(SchemaVerdict.Kind.NEW);
        assertThat(registry.check("foretold-value", ORDERS).kind()).isEqualTo(SchemaVerdict.Kind.NEW);
        registry.register("foretold-value", ORDERS);
        assertThat(registry.check("foretold-value", ORDERS).kind()).isEqualTo(SchemaVerdict.Kind.UNCHANGED);

        put("/config/foretold-value", "{\"compatibility\":\"BACKWARD\"}");
        String wider = schema("{\"name\":\"id\",\"type\":\"long\"}");
        assertThat(registry.check("foretold-value", wider))
                .isEqualTo(
                        new SchemaVerdict(SchemaVerdict.Kind.COMPATIBLE, "field changed: id from \"int\" to \"long\""));
        String text = schema("{\"name\":\"id\",\"type\":\"string\"}");
        SchemaVerdict refused = registry.check("foretold-value", text);
        assertThat(refused.kind()).isEqualTo(SchemaVerdict.Kind.REFUSED);
        assertThat(refused.text())
                .startsWith("the schema registry refuses a schema: subject=foretold-value: ")
                .contains("field changed: id from \"int\" to \"string\"");
    }

    /** The latest version alone would take it, the first one would not. */
    @Test
    void shouldHeedAllVersionsWhereTheLevelIsTransitive() throws Exception {
        registry.register("transitive-value", ORDERS);
        registry.register("transitive-value", schema(""));
        String text = schema("{\"name\":\"id\",\"type\":\"string\",\"default\":\"\"}");
        put("/config/transitive-value", "{\"compatibility\":\"BACKWARD\"}");
        assertThat(registry.check("transitive-value", text).kind()).isEqualTo(SchemaVerdict.Kind.COMPATIBLE);
        put("/config/transitive-value", "{\"compatibility\":\"BACKWARD_TRANSITIVE\"}");
        assertThat(registry.check("transitive-value", text).kind()).isEqualTo(SchemaVerdict.Kind.REFUSED);
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
