package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.RegistryServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SchemaCommandTest {
    private static final String KEY =
            "{\"type\":\"record\",\"name\":\"orders_key\",\"namespace\":\"public\",\"fields\":["
                    + "{\"name\":\"id\",\"type\":\"int\"}]}";

    private static PostgresServer postgres;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresServer.start("18");
        sql("CREATE TABLE orders (id int PRIMARY KEY, amount int)");
        sql("CREATE TABLE customers (id int PRIMARY KEY)");
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Test
    void shouldPrintTheSchemasOfATableForPeople() {
        Captured captured = new Captured();

        assertThat(schema(captured, "orders", "--topic-prefix=shop"))
                .as(captured.err())
                .isZero();

        assertThat(captured.out())
                .startsWith("""
                        table public.orders, topic shop.orders
                        key, subject shop.orders-key:
                          {
                            "type" : "record",
                            "name" : "orders_key",
                        """)
                .contains("\nvalue, subject shop.orders-value:\n  {\n")
                .doesNotContain("customers");
    }

    @Test
    void shouldPrintALineOfJsonForEachTable() {
        Captured captured = new Captured();

        assertThat(schema(captured, "--json")).as(captured.err()).isZero();

        assertThat(captured.out().lines()).hasSize(2);
        assertThat(captured.out().lines().skip(1).findFirst().orElseThrow())
                .startsWith("{\"table\":\"public.orders\",\"topic\":\"orders\",\"key\":{\"subject\":\"orders-key\","
                        + "\"schema\":" + KEY + "},\"value\":{\"subject\":\"orders-value\",\"schema\":{");
    }

    @Test
    void shouldSayWhichTableMayHaveBeenMeant() {
        Captured captured = new Captured();

        assertThat(schema(captured, "ordres")).isEqualTo(1);

        assertThat(captured.err())
                .isEqualTo("bottledwater: no such table is captured: table=ordres (did you mean public.orders?)\n");
    }

    @Test
    void shouldRehearseAMigration() throws Exception {
        sql("CREATE SCHEMA staging", "CREATE TABLE staging.bills (id int PRIMARY KEY, amount int)");
        try (RegistryServer registry = RegistryServer.start()) {
            put(registry, "/config", "{\"compatibility\":\"FULL_TRANSITIVE\"}");
            String[] check = {"staging.bills", "--check", "--schema-registry=" + registry.url()};
            Captured first = new Captured();
            assertThat(schema(first, check)).as(first.err()).isZero();
            assertThat(first.out()).isEqualTo("""
                            new staging.bills-key (table staging.bills)
                            new staging.bills-value (table staging.bills)
                            """);
            register(registry);
            sql("ALTER TABLE staging.bills ADD COLUMN note text");
            Captured second = new Captured();
            assertThat(schema(second, check)).as(second.err()).isZero();
            assertThat(second.out()).isEqualTo("""
                            unchanged staging.bills-key (table staging.bills)
                            compatible staging.bills-value (table staging.bills): field added: note ["null","string"]
                            """);
            sql("ALTER TABLE staging.bills ALTER COLUMN amount TYPE text");
            Captured third = new Captured();
            assertThat(schema(third, check)).isEqualTo(1);
            assertThat(third.out())
                    .contains(
                            "refused staging.bills-value (table staging.bills): the schema registry refuses a schema: ")
                    .contains("field changed: amount from [\"null\",\"int\"] to [\"null\",\"string\"]");
            assertThat(third.err()).isEqualTo("bottledwater: the registry would refuse schemas: refused=1\n");
        } finally {
            sql("DROP SCHEMA staging CASCADE");
        }
    }

    /** Puts what the command prints under the subjects that it names. */
    private static void register(RegistryServer registry) throws Exception {
        Captured captured = new Captured();
        schema(captured, "staging.bills", "--json");
        var line = new com.fasterxml.jackson.databind.ObjectMapper().readTree(captured.out());
        SchemaRegistry client = new SchemaRegistry(RegistrySettings.of(registry.url()));
        for (String part : List.of("key", "value")) {
            client.register(
                    line.at("/" + part + "/subject").asText(),
                    line.at("/" + part + "/schema").toString());
        }
    }

    private static int schema(Captured captured, String... arguments) {
        return captured.run(
                Stream.concat(Stream.of("schema", "--postgres=" + postgres.uri("postgres")), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    private static void sql(String... statements) throws Exception {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = connection.createStatement()) {
            for (String text : statements) {
                statement.execute(text);
            }
        }
    }

    private static void put(RegistryServer registry, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(registry.url() + path))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(200);
    }
}
