package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.bottledwater.sandbox.ConnectWorker;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.RegistryServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Few large tables and many small ones, over four tasks and one or two workers: every row is there once, and the tasks have
 * about as much to do. {@code -Dconnect.rates=true} measures, with a million rows and workers that get fast: rows
 * per second from the first message to the last by the broker's clock, and what the processes have used.
 */
class RatesTest {
    private static final boolean MEASURES = Boolean.getBoolean("connect.rates");
    private static final int ROWS = MEASURES ? 1_000_000 : 4000;
    private static final int TASKS = 4;

    private static KafkaBroker broker;
    private static RegistryServer registry;

    /**
     * @param workers how many
     * @param division of what: the tables by size, or of one snapshot
     */
    record Layout(int tables, int workers, String division) {
        static Layout bySize(int tables, int workers) {
            return new Layout(tables, workers, "size");
        }

        static Layout ofSnapshot(int tables, int workers) {
            return new Layout(tables, workers, "snapshot");
        }

        String name() {
            return "rates_" + division + "_" + tables + "_" + workers;
        }

        String table(int number) {
            return "t" + number;
        }
    }

    static List<Layout> layouts() {
        return MEASURES
                ? List.of(
                        Layout.bySize(2, 1),
                        Layout.bySize(2, 2),
                        Layout.bySize(200, 1),
                        Layout.bySize(200, 2),
                        Layout.ofSnapshot(1, 1),
                        Layout.ofSnapshot(1, 2),
                        Layout.ofSnapshot(200, 1),
                        Layout.ofSnapshot(200, 2))
                : List.of(Layout.bySize(2, 2), Layout.bySize(200, 2), Layout.ofSnapshot(200, 2));
    }

    @BeforeAll
    static void start() {
        broker = KafkaBroker.start();
        registry = RegistryServer.start();
    }

    @AfterAll
    static void stop() {
        registry.close();
        broker.close();
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void shouldCopyEveryRowOnce(Layout layout) throws Exception {
        try (Database database = new Database();
                Cluster cluster = Cluster.exactlyOnce(broker)) {
            makeTables(database, layout);
            for (int i = 0; i < layout.workers(); i++) {
                if (MEASURES) {
                    cluster.addLarge();
                } else {
                    cluster.add();
                }
            }
            Map<String, Double> before = cpu(database, cluster);
            long begun = System.currentTimeMillis();
            cluster.put(layout.name(), config(database, layout));
            Arrivals arrivals = new Arrivals(broker.bootstrapServers(), topics(layout));
            Map<String, Double> after = new LinkedHashMap<>();
            Waiting.until(ROWS + " rows can be read", Arrivals.PATIENCE, () -> {
                arrivals.awaitQuiet(ROWS);
                after.putAll(cpu(database, cluster));
                arrivals.count();
                return arrivals.rows() >= ROWS;
            });
            assertThat(arrivals.rows()).as("rows of %s", layout).isEqualTo(ROWS);

            Map<String, Long> division = division(database, layout);
            if (layout.division().equals("size")) {
                assertThat(division).hasSize(Math.min(layout.tables(), TASKS));
                assertThat(division.values()).containsOnly((long) Math.max(1, layout.tables() / TASKS));
            } else {
                assertThat(division).containsExactly(Map.entry(layout.name(), (long) layout.tables()));
            }
            if (MEASURES) {
                tell(layout, division, arrivals, begun, before, after);
            }
            cluster.ask("DELETE", "/connectors/" + layout.name(), "");
            Waiting.until(
                    "the connector is gone",
                    () -> cluster.status(layout.name()).path("error_code").asInt() == 404);
        }
    }

    private static void makeTables(Database database, Layout layout) throws SQLException {
        for (int i = 0; i < layout.tables(); i++) {
            database.run(
                    "CREATE TABLE " + layout.table(i)
                            + " (id bigint PRIMARY KEY, name text, at timestamptz, amount numeric(12,2), note text)",
                    "INSERT INTO " + layout.table(i)
                            + " SELECT i, md5(i::text), now(), i / 8.0, repeat('x', 80) FROM generate_series(1, "
                            + ROWS / layout.tables() + ") i");
        }
        database.run("VACUUM ANALYZE", "CHECKPOINT");
    }

    private static List<String> topics(Layout layout) {
        List<String> topics = new ArrayList<>();
        for (int i = 0; i < layout.tables(); i++) {
            topics.add(layout.name() + "." + layout.table(i));
        }
        return topics;
    }

    private static Map<String, String> config(Database database, Layout layout) {
        Map<String, String> config = new TreeMap<>(Cluster.connector(database.uri(), layout.name(), Map.of()));
        config.put("tasks.max", Integer.toString(TASKS));
        config.put("task.division", layout.division());
        config.put("output", "avro");
        config.put("schema.registry", registry.url());
        config.put("key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        config.put("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        config.put("topic.creation.default.replication.factor", "1");
        config.put("topic.creation.default.partitions", "1");
        config.put("topic.creation.default.message.timestamp.type", "LogAppendTime");
        return config;
    }

    /** How many tables each slot has, of those that have any. */
    private static Map<String, Long> division(Database database, Layout layout) throws SQLException {
        Map<String, Long> division = new TreeMap<>();
        for (int task = 0; task <= TASKS; task++) {
            String slot = layout.name() + (task == 0 ? "" : "_" + task);
            long tables = Long.parseLong(
                    database.ask("SELECT count(*) FROM pg_publication_tables WHERE pubname = '" + slot + "'"));
            if (tables > 0) {
                division.put(slot, tables);
            }
        }
        return division;
    }

    private static Map<String, Double> cpu(Database database, Cluster cluster) {
        Map<String, Double> cpu = new LinkedHashMap<>();
        for (ConnectWorker worker : cluster.workers) {
            cpu.put("worker " + (cpu.size() + 1), Cpu.seconds(worker.pid()));
        }
        cpu.put("PostgreSQL", Cpu.seconds(database.pid()));
        cpu.put("Kafka", Cpu.seconds(broker.pid()));
        return cpu;
    }

    private static void tell(
            Layout layout,
            Map<String, Long> division,
            Arrivals arrivals,
            long begun,
            Map<String, Double> before,
            Map<String, Double> after) {
        StringBuilder spent = new StringBuilder();
        after.forEach((name, seconds) ->
                spent.append(String.format(Locale.ROOT, ", %s %.1f", name, seconds - before.getOrDefault(name, 0.0))));
        System.out.printf(
                Locale.ROOT,
                "division=%s tables=%d workers=%d slots=%s: rows=%d in %.1f s, %.0f rows/s; %.1f s from the settings to the last row;"
                        + " CPU seconds%s%n",
                layout.division(),
                layout.tables(),
                layout.workers(),
                division.values(),
                arrivals.rows(),
                arrivals.seconds(),
                arrivals.rows() / arrivals.seconds(),
                (arrivals.last() - begun) / 1000.0,
                spent.substring(1));
    }
}
