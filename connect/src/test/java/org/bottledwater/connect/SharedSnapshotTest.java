package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.bottledwater.sandbox.ConnectWorker;
import org.bottledwater.sandbox.Proxy;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code task.division=snapshot}: several tasks, on two workers, copy the tables from one exported snapshot. */
class SharedSnapshotTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of one row in each block, so that the table has four stripes and can yet be copied in seconds. */
    private static final int BIG = 13_000;

    private static final int SMALL = 50;

    /** In bytes per second: there is time for something to happen within the copy. */
    private static final int PACE = 2_000_000;

    @RegisterExtension
    static final Stand STAND = new Stand(2);

    /** What happens within the copy. */
    enum Trouble {
        WORKERS_ARE_KILLED,
        FEWER_TASKS,
        MORE_TASKS,
        ONE_TASK
    }

    private static void makeTables() throws SQLException {
        STAND.database.run(
                "CREATE TABLE big (id int PRIMARY KEY, v int, filler text) WITH (fillfactor = 10)",
                "INSERT INTO big SELECT i, 0, repeat('x', 700) FROM generate_series(1, " + BIG + ") i",
                "CREATE TABLE small (id int PRIMARY KEY, v int)",
                "INSERT INTO small SELECT i, 0 FROM generate_series(1, " + SMALL + ") i",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "CREATE TABLE empty (id int PRIMARY KEY)",
                "INSERT INTO other VALUES (1)",
                "ANALYZE");
    }

    private static Map<String, String> config(Proxy network, String name, int tasks) {
        Map<String, String> config =
                new TreeMap<>(Cluster.connector(STAND.database.uri(network.port()), name, Map.of("output", "json")));
        config.put("key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        config.put("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        config.put("header.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        config.put("snapshot.workers", "1");
        config.put("tasks.max", Integer.toString(tasks));
        config.put("task.division", "snapshot");
        return config;
    }

    private static Proxy network() throws IOException {
        Proxy network = Proxy.open();
        network.forwardTo(STAND.database.port());
        network.throttle(PACE);
        return network;
    }

    @Test
    void shouldCopyOneMomentByAllTasksAndFollowItByOne() throws Exception {
        makeTables();
        try (Proxy network = network();
                Application application = new Application()) {
            STAND.cluster.put("moment", config(network, "moment", 3));
            Found found = await("moment", application);
            found.requireOrder(1);
            // Each transaction counts up in both: a snapshot of one moment has as many of these as of those.
            assertThat(found.copiedSum("big"))
                    .as("seed=%d", application.seed)
                    .isEqualTo(found.copiedSum("small"))
                    .isPositive();
            found.requireCopiedOnce("big", BIG);
            found.requireCopiedOnce("small", SMALL);
            STAND.database.run("CREATE TABLE late (id int PRIMARY KEY)", "INSERT INTO late VALUES (1)");
            STAND.topics.await("moment.late", 1);
        }
        assertThat(STAND.cluster.logs())
                .contains("share 2 of 3 of the copy is in Kafka", "share 3 of 3 of the copy is in Kafka");
        assertThat(STAND.database.ask("SELECT string_agg(slot_name, ' ') FROM pg_replication_slots"))
                .isEqualTo("moment");
        // All of it was somebody's, and nobody's help was needed in the end.
        assertThat(STAND.cluster.logs()).doesNotContain("are copied to their end by one task");
    }

    /** The tasks are in the middle of a copy that is of no use any more: no row of it may come after one of the next. */
    @Test
    void shouldCopyAnewWhereTheSlotIsLost() throws Exception {
        makeTables();
        try (Proxy network = network();
                Application application = new Application()) {
            Map<String, String> config = config(network, "lost", 3);
            config.put("on.lost.slot", "resnapshot");
            STAND.cluster.put("lost", config);
            awaitPassed(network, 2_500_000);
            assertThat(copied("lost")).as("rows copied before").isLessThan(BIG);
            STAND.database.run(
                    "SELECT pg_drop_replication_slot('lost')",
                    // The one who leads has to look; the others go on.
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bottledwater lost'"
                            + " AND query NOT LIKE '%COPY%'");
            Found found = await("lost", application);
            found.requireOrder(0);
            assertThat(copied("lost")).isBetween((long) BIG, 2L * BIG);
        }
    }

    @ParameterizedTest
    @EnumSource(Trouble.class)
    void shouldCopyEveryRowOnceWhateverHappens(Trouble trouble) throws Exception {
        makeTables();
        String name = trouble.name().toLowerCase(Locale.ROOT);
        try (Proxy network = network();
                Application application = new Application()) {
            STAND.cluster.put(name, config(network, name, 3));
            awaitPassed(network, 2_500_000);
            assertThat(copied(name)).as("rows copied before anything happens").isLessThan(BIG);
            switch (trouble) {
                case WORKERS_ARE_KILLED -> {
                    kill(STAND.cluster.workers.get(0));
                    awaitPassed(network, network.passed() + 1_000_000);
                    kill(STAND.cluster.workers.get(1));
                }
                case FEWER_TASKS -> STAND.cluster.put(name, config(network, name, 2));
                case MORE_TASKS -> STAND.cluster.put(name, config(network, name, 4));
                case ONE_TASK -> STAND.cluster.put(name, config(network, name, 1));
            }
            Found found = await(name, application);
            found.requireOrder(1);
            found.requireNothingCopiedTwice();
        }
    }

    /** Its rows are all new ones then, and the stream does not bring them: each task has to read them as they are. */
    @Test
    void shouldCopyEveryRowOfATableThatIsRewrittenMeanwhile() throws Exception {
        makeTables();
        try (Proxy network = network();
                Application application = new Application()) {
            STAND.cluster.put("rewritten", config(network, "rewritten", 3));
            awaitPassed(network, 2_500_000);
            assertThat(copied("rewritten")).as("rows copied before").isLessThan(BIG);
            CompletableFuture<Void> rewriting = CompletableFuture.runAsync(() -> {
                try (Connection migration = STAND.database.connect();
                        Statement statement = migration.createStatement()) {
                    statement.execute("ALTER TABLE big ALTER v TYPE bigint");
                } catch (SQLException e) {
                    throw new CompletionException(e);
                }
            });
            Waiting.until(
                    "the migration waits for those who copy the table",
                    () -> STAND.database
                            .ask("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted")
                            .equals("1"));
            STAND.database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY (%'");
            rewriting.get();
            // What came before the stream has caught up may be newer than what comes with it; in the end it is the
            // table.
            await("rewritten", application);
        }
    }

    private static void kill(ConnectWorker worker) {
        worker.kill();
        worker.restart();
    }

    private static long copied(String name) {
        return STAND.topics.read(name + ".big").stream()
                .filter(message -> "snapshot".equals(message.headers().get("pg.op")))
                .count();
    }

    private static void awaitPassed(Proxy network, long bytes) {
        Waiting.until("a part of the tables is copied", () -> network.passed() > bytes);
    }

    /** What is in the topics when all that was written is there. */
    private static Found await(String name, Application application) throws Exception {
        Waiting.until(
                "the copy is complete, and changes come",
                () -> STAND.topics.read(name + ".small").stream()
                        .anyMatch(message -> "update".equals(message.headers().get("pg.op"))));
        application.end();
        AtomicReference<Found> found = new AtomicReference<>();
        Waiting.until("topics and tables are the same", () -> {
            found.set(new Found(name));
            return found.get().last("big").equals(rows("big"))
                    && found.get().last("small").equals(rows("small"));
        });
        return found.get();
    }

    private static Map<Integer, Integer> rows(String table) throws SQLException, IOException {
        Map<Integer, Integer> rows = new HashMap<>();
        for (JsonNode row :
                JSON.readTree(STAND.database.ask("SELECT json_agg(json_build_array(id, v)) FROM " + table))) {
            rows.put(row.get(0).asInt(), row.get(1).asInt());
        }
        return rows;
    }

    /** Messages by table and key, in their order: the row's counter, and whether it was copied. */
    private static final class Found {
        private record Version(int v, boolean copied) {}

        private final Map<String, Map<Integer, List<Version>>> tables = new HashMap<>();

        Found(String name) throws IOException {
            for (String table : List.of("big", "small")) {
                Map<Integer, List<Version>> versions = new HashMap<>();
                for (Topics.Message message : STAND.topics.read(name + "." + table)) {
                    int id = JSON.readTree(message.key()).path("id").asInt();
                    int v = JSON.readTree(message.value()).path("v").asInt();
                    boolean copied = "snapshot".equals(message.headers().get("pg.op"));
                    versions.computeIfAbsent(id, first -> new ArrayList<>()).add(new Version(v, copied));
                }
                tables.put(table, versions);
            }
        }

        Map<Integer, Integer> last(String table) {
            Map<Integer, Integer> last = new HashMap<>();
            tables.getOrDefault(table, Map.of())
                    .forEach((id, versions) ->
                            last.put(id, versions.get(versions.size() - 1).v()));
            return last;
        }

        long copiedSum(String table) {
            return tables.getOrDefault(table, Map.of()).values().stream()
                    .flatMap(List::stream)
                    .filter(Version::copied)
                    .mapToLong(Version::v)
                    .sum();
        }

        void requireCopiedOnce(String table, int rows) {
            assertThat(tables.getOrDefault(table, Map.of()).values().stream()
                            .flatMap(List::stream)
                            .filter(Version::copied))
                    .hasSize(rows);
            requireNothingCopiedTwice();
        }

        void requireNothingCopiedTwice() {
            tables.forEach((table, rows) -> rows.forEach((id, versions) -> assertThat(
                            versions.stream().filter(Version::copied).count())
                    .as("copies of row %s of %s", id, table)
                    .isLessThanOrEqualTo(1)));
        }

        /** @param step by how much each version is greater than the one before, at least */
        void requireOrder(int step) {
            tables.forEach((table, rows) -> rows.forEach((id, versions) -> {
                for (int i = 1; i < versions.size(); i++) {
                    assertThat(versions.get(i).v())
                            .as("versions of row %s of %s: %s", id, table, versions)
                            .isGreaterThanOrEqualTo(versions.get(i - 1).v() + step);
                }
            }));
        }
    }

    /** Counts up a row of each table in one transaction, again and again. */
    private static final class Application implements AutoCloseable {
        private final long seed = System.nanoTime();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Thread thread = new Thread(this::write, "application");
        private volatile boolean ending;

        Application() {
            thread.start();
        }

        private void write() {
            Random random = new Random(seed);
            try (Connection connection = STAND.database.connect();
                    Statement statement = connection.createStatement()) {
                while (!ending) {
                    statement.execute("BEGIN; UPDATE big SET v = v + 1 WHERE id = " + (1 + random.nextInt(BIG))
                            + "; UPDATE small SET v = v + 1 WHERE id = " + (1 + random.nextInt(SMALL)) + "; COMMIT");
                    // A pace: the machine is needed for the rest, too.
                    LockSupport.parkNanos(2_000_000);
                }
            } catch (SQLException e) {
                failure.set(e);
            }
        }

        void end() {
            ending = true;
            Waiting.until("the application ends", () -> !thread.isAlive());
            assertThat(failure.get()).isNull();
        }

        @Override
        public void close() {
            ending = true;
        }
    }
}
