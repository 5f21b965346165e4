package org.bottledwater.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.sandbox.RegistryServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The connector as it is packaged, in a worker that commits transactions, beside the command line. */
class ConnectorTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> BYTES = Map.of(
            "key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter",
            "value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");

    @RegisterExtension
    static final Stand STAND = new Stand(1);

    private static Map<String, String> connector(String name, Map<String, String> more) {
        return Cluster.connector(STAND.database.uri(), name, more);
    }

    private static Map<String, String> with(Map<String, String> some, Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(some);
        all.putAll(more);
        return all;
    }

    private static void makeTables() throws SQLException {
        STAND.database.run(
                "CREATE TABLE orders (id int PRIMARY KEY, name text, amount numeric(10,2), at timestamptz, day date, doc jsonb,"
                        + " raw bytea, tags text[], big bigint, yes boolean, ratio float8, spot point, span int4range)",
                "CREATE TABLE log (line text)",
                "INSERT INTO orders SELECT i, 'n' || i, i / 8.0, now(), '2024-02-29', '{\"a\": 1}', '\\x00ff', '{a,NULL}', i, true,"
                        + " 'NaN', '(1,2)', '[1,5)' FROM generate_series(1, 500) i",
                "INSERT INTO log SELECT 'line ' || i FROM generate_series(1, 20) i");
    }

    private static void changeTables() throws SQLException {
        STAND.database.run(
                "BEGIN; UPDATE orders SET name = 'new' WHERE id <= 10; DELETE FROM orders WHERE id = 500; COMMIT",
                "UPDATE orders SET id = 1000 WHERE id = 1",
                "INSERT INTO log VALUES ('last')",
                "ALTER TABLE orders ADD COLUMN more int",
                "INSERT INTO orders (id, more) VALUES (2000, 7)",
                "CREATE TABLE later (id int PRIMARY KEY, text text); INSERT INTO later VALUES (1, 'one')");
    }

    private static final String KEYED = "orders,later";

    /** 500 rows, 10 updates, a delete, two for the changed key, an insert. */
    private static final int ORDERS = 514;

    private static final int LOG = 21;

    @Test
    void shouldSendTheBytesOfTheCommandLine() throws Exception {
        makeTables();
        try (CommandLine same = commandLine("cli_json", OutputFormat.JSON, RegistrySettings.of(), "*")) {
            STAND.cluster.put(
                    "con_json", connector("con_json", with(BYTES, Map.of("output", "json", "allow.unkeyed", "true"))));
            STAND.topics.await("con_json.orders", 500);
            STAND.topics.await("cli_json.orders", 500);
            changeTables();
            assertSame("cli_json", "con_json", bytes -> new String(bytes, UTF_8));
            assertThat(same).isNotNull();
        }
    }

    @Test
    void shouldSendTheAvroOfTheCommandLine() throws Exception {
        makeTables();
        try (RegistryServer registry = RegistryServer.start();
                CommandLine same =
                        commandLine("cli_avro", OutputFormat.AVRO, RegistrySettings.of(registry.url()), KEYED)) {
            STAND.cluster.put(
                    "con_avro",
                    connector(
                            "con_avro",
                            with(BYTES, Map.of("output", "avro", "schema.registry", registry.url(), "tables", KEYED))));
            STAND.topics.await("con_avro.orders", 500);
            STAND.topics.await("cli_avro.orders", 500);
            changeTables();
            // The schemas are registered under other subjects, and have other numbers.
            assertSame(
                    "cli_avro",
                    "con_avro",
                    bytes -> HexFormat.of().formatHex(Arrays.copyOfRange(bytes, 5, bytes.length)));
            assertThat(same).isNotNull();
        }
    }

    @Test
    void shouldSendRecordsThatAnyConverterTakes() throws Exception {
        makeTables();
        Map<String, String> json = Map.of(
                "key.converter", "org.apache.kafka.connect.json.JsonConverter",
                "key.converter.schemas.enable", "false",
                "value.converter", "org.apache.kafka.connect.json.JsonConverter",
                "value.converter.schemas.enable", "false",
                "value.converter.decimal.format", "NUMERIC",
                "tables", KEYED);
        try (CommandLine same = commandLine("cli_rec", OutputFormat.JSON, RegistrySettings.of(), KEYED)) {
            STAND.cluster.put("con_rec", connector("con_rec", json));
            STAND.topics.await("con_rec.orders", 500);
            STAND.topics.await("cli_rec.orders", 500);
            changeTables();
            assertSame("cli_rec", "con_rec", ConnectorTest::plain);
            assertThat(same).isNotNull();
        }
    }

    /** The same value, whether JSON is written by us or by Connect. */
    private static String plain(byte[] bytes) {
        try {
            JsonNode node = JSON.readTree(bytes);
            if (node instanceof com.fasterxml.jackson.databind.node.ObjectNode row && row.has("at")) {
                JsonNode at = row.get("at");
                if (at.isTextual()) {
                    row.put("at", java.time.Instant.parse(at.asText()).toEpochMilli());
                    row.put(
                            "day",
                            java.time.LocalDate.parse(row.get("day").asText()).toEpochDay());
                    row.put("doc", row.get("doc").toString().replace(":", ": "));
                    row.put("ratio", row.get("ratio").asText());
                    row.put("spot", row.get("spot").toString().replaceAll("([0-9])(?=[,}])", "$1.0"));
                } else if (at.isNumber()) {
                    row.put("ratio", row.get("ratio").asText());
                    row.put("spot", row.get("spot").toString());
                }
            }
            return node.toString();
        } catch (java.io.IOException e) {
            throw new AssertionError(new String(bytes, UTF_8), e);
        }
    }

    private static CommandLine commandLine(String slot, OutputFormat format, RegistrySettings registry, String tables) {
        return CommandLine.start(STAND.database.uri(), slot, STAND.broker.bootstrapServers(), format, registry, tables);
    }

    private static void assertSame(String commandLine, String connector, Function<byte[], String> shown) {
        Map<String, Integer> all = new TreeMap<>(Map.of("orders", ORDERS, "later", 1));
        if (!STAND.topics.read(commandLine + ".log").isEmpty()) {
            all.put("log", LOG);
        }
        for (Map.Entry<String, Integer> topic : all.entrySet()) {
            List<String> expected =
                    shown(STAND.topics.await(commandLine + "." + topic.getKey(), topic.getValue()), shown);
            List<String> found = shown(STAND.topics.await(connector + "." + topic.getKey(), topic.getValue()), shown);
            for (int i = 0; i < topic.getValue(); i++) {
                assertThat(found.get(i))
                        .as("topic %s, message %d", topic.getKey(), i)
                        .isEqualTo(expected.get(i));
            }
            assertThat(found).hasSize(topic.getValue());
        }
    }

    private static List<String> shown(List<Topics.Message> messages, Function<byte[], String> shown) {
        return messages.stream()
                .map(message -> {
                    Map<String, String> headers = new TreeMap<>(message.headers());
                    boolean copied = "snapshot".equals(headers.get("pg.op"));
                    if (copied) {
                        headers.remove("pg.lsn");
                    }
                    return message.partition() + " " + (headers.containsKey("pg.time") ? message.timestamp() : "") + " "
                            + headers + " "
                            + (message.key() == null ? "none" : shown.apply(message.key())) + " -> "
                            + (message.value() == null ? "null" : shown.apply(message.value()));
                })
                .toList();
    }
}
