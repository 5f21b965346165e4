package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.bottledwater.avro.NumericMapping;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.RegistryServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Debezium's JDBC sink and Apicurio's Avro converter fill a second server from the topics: its tables are the first one's. */
class IndependentSinkTest {
    private static final List<String> TABLES = List.of("item", "orders");

    private static KafkaBroker broker;
    private static RegistryServer registry;
    private static Database source;
    private static Database copy;
    private static Cluster cluster;

    @BeforeAll
    static void start() throws SQLException {
        Path independent = Path.of(System.getProperty("independent"));
        assertThat(Files.isDirectory(independent))
                .as("%s is there; module connect/independent fetches it", independent)
                .isTrue();
        broker = KafkaBroker.start();
        registry = RegistryServer.start();
        source = new Database();
        copy = new Database();
        cluster = Cluster.of(
                broker,
                Map.of(
                        "exactly.once.source.support", "enabled",
                        "plugin.path", Plugin.folder() + "," + independent,
                        // The converter's jar names no services.
                        "plugin.discovery", "hybrid_warn"));
        cluster.add();
    }

    @AfterAll
    static void stop() throws SQLException {
        cluster.close();
        copy.close();
        source.close();
        registry.close();
        broker.close();
    }

    @AfterEach
    void clean() throws Exception {
        cluster.deleteConnectors();
        source.empty();
        copy.empty();
    }

    private static void makeTables(Database database) throws SQLException {
        database.run(
                "CREATE TABLE orders (id bigint PRIMARY KEY, name text, n int, small smallint, amount numeric(12,2),"
                        + " free numeric, yes boolean, ratio float8, day date, raw bytea, doc jsonb, uid uuid,"
                        + " tags text[], at timestamptz(3), moment timestamp(3), exact timestamptz, t time(3), spot point, span int4range)",
                "CREATE TABLE item (region varchar(10), no int, what text, count int, PRIMARY KEY (region, no))");
    }

    private static void fill() throws SQLException {
        source.run(
                "INSERT INTO orders SELECT i, 'Übel ' || i || E'\\n''\"', -i, i % 100, i / 8.0, 1e30 + i, i % 2 = 0, i / 3.0,"
                        + " date '2024-02-29' + i, decode(lpad(to_hex(i), 8, '0'), 'hex'), jsonb_build_object('a', i, 'b', null),"
                        + " md5(i::text)::uuid, ARRAY['x', NULL, i::text], now() + i * interval '1.001 s',"
                        + " now() - i * interval '1 day', now() + i * interval '1 us', time '12:00' + i * interval '1 ms',"
                        + " point(i, -i), int4range(i, NULL)"
                        + " FROM generate_series(1, 500) i",
                "INSERT INTO orders (id) VALUES (0)",
                "INSERT INTO item SELECT 'r' || i % 3, i, 'what ' || i, i FROM generate_series(1, 300) i");
    }

    private static void change() throws SQLException {
        source.run(
                "BEGIN; UPDATE orders SET name = 'new', doc = '[1, {\"b\": \"ü\"}]', tags = '{}' WHERE id <= 100;"
                        + " DELETE FROM orders WHERE id > 450; DELETE FROM item WHERE region = 'r1' AND no < 50; COMMIT",
                "UPDATE orders SET id = 1000, raw = '\\x', yes = NULL WHERE id = 1",
                "UPDATE item SET region = 'moved' WHERE no = 200",
                "INSERT INTO item VALUES ('r1', 1, NULL, 7), ('', -1, 'the key is empty', 8)",
                "DELETE FROM orders WHERE id = 2; INSERT INTO orders (id, name) VALUES (2, 'again')");
    }

    private static Map<String, String> converters(boolean writes) {
        Map<String, String> config = new TreeMap<>();
        for (String side : List.of("key.converter", "value.converter")) {
            config.put(side, "io.apicurio.registry.utils.converter.AvroConverter");
            config.put(side + ".apicurio.registry.url", registry.url().replaceAll("/apis/.*", "/apis/registry/v2"));
            config.put(side + ".apicurio.registry.as-confluent", "true");
            config.put(side + ".apicurio.registry.use-id", "contentId");
            if (writes) {
                config.put(side + ".apicurio.registry.auto-register", "true");
            }
        }
        return config;
    }

    /** Topics {@code PREFIX.orders} and {@code PREFIX.item} to the tables of these names. */
    private static Map<String, String> sink(String name, String prefix) {
        Map<String, String> config = converters(false);
        config.put("name", name);
        config.put("connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector");
        config.put("tasks.max", "1");
        config.put("topics", prefix + ".orders," + prefix + ".item");
        config.put("consumer.override.isolation.level", "read_committed");
        config.put("consumer.override.auto.offset.reset", "earliest");
        config.put("connection.url", copy.jdbcUrl() + "&stringtype=unspecified");
        config.put("connection.username", "postgres");
        config.put("connection.password", "none");
        config.put("insert.mode", "upsert");
        config.put("delete.enabled", "true");
        config.put("primary.key.mode", "record_key");
        config.put("schema.evolution", "none");
        config.put("quote.identifiers", "true");
        config.put("transforms", "table");
        config.put("transforms.table.type", "org.apache.kafka.connect.transforms.RegexRouter");
        config.put("transforms.table.regex", Pattern.quote(prefix) + "\\.(.*)");
        config.put("transforms.table.replacement", "$1");
        return config;
    }

    private static void awaitEqual(String when) {
        Waiting.until("the tables are equal " + when, () -> {
            requireNoFailure();
            for (String table : TABLES) {
                if (!rows(source, table).equals(rows(copy, table))) {
                    return false;
                }
            }
            return true;
        });
        // Not two empty ones.
        for (String table : TABLES) {
            assertThat(rows(copy, table)).as(table).isNotEmpty().isEqualTo(rows(source, table));
        }
    }

    private static void requireNoFailure() throws Exception {
        for (JsonNode name : cluster.ask("GET", "/connectors", "")) {
            assertThat(cluster.status(name.asText()).toString()).doesNotContain("FAILED");
        }
    }

    private static String rows(Database database, String table) {
        try {
            return database.ask("SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text COLLATE \"C\"), '') FROM "
                    + table + " t");
        } catch (SQLException e) {
            throw new AssertionError(table, e);
        }
    }

    @Test
    void shouldFillASecondDatabaseFromTheConnectorsTopics() throws Exception {
        makeTables(source);
        makeTables(copy);
        fill();
        Map<String, String> config = Cluster.connector(source.uri(), "con", converters(true));
        config.put("column.types", "public.orders.exact=string,public.orders.spot=string,public.orders.span=string");
        cluster.put("con", config);
        cluster.put("consink", sink("consink", "con"));
        awaitEqual("after the copy");
        change();
        awaitEqual("after changes");
    }

    @Test
    void shouldFillASecondDatabaseFromTheCommandLinesTopics() throws Exception {
        makeTables(source);
        makeTables(copy);
        fill();
        // Apicurio's converter knows times in milliseconds only, and takes ours for numbers.
        Map<String, String> times = new TreeMap<>();
        for (String column : List.of("at", "moment", "exact", "t", "spot", "span")) {
            times.put("public.orders." + column, "string");
        }
        try (CommandLine running = CommandLine.start(CommandLine.settings(
                source.uri(),
                "cli",
                broker.bootstrapServers(),
                OutputFormat.AVRO,
                RegistrySettings.of(registry.url()),
                "orders,item",
                new TypeOptions(NumericMapping.DECIMAL, times)))) {
            cluster.put("clisink", sink("clisink", "cli"));
            awaitEqual("after the copy");
            change();
            awaitEqual("after changes");
            assertThat(running).isNotNull();
        }
    }
}
