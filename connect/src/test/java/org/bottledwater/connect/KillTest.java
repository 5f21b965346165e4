package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.bottledwater.sandbox.ConnectWorker;
import org.bottledwater.sandbox.KafkaBroker;
import org.junit.jupiter.api.Test;

/**
 * Workers are killed under a workload, one after the other. The short form is for every build;
 * {@code -Dconnect.kill.seconds=300} is five minutes with a kill every twenty seconds.
 */
class KillTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ACCOUNTS = 50;
    private static final long SECONDS = Long.getLong("connect.kill.seconds", 20);
    private static final long KILL_EVERY_SECONDS = SECONDS > 60 ? 20 : 8;

    @Test
    void shouldLoseNothingAndDoubleNothingWhenWorkersAreKilled() throws Exception {
        long seed = System.nanoTime();
        try (KafkaBroker broker = KafkaBroker.start();
                Database database = new Database();
                Cluster cluster = Cluster.exactlyOnce(broker)) {
            database.run(
                    "CREATE TABLE event (id bigserial PRIMARY KEY, account int, by int)",
                    "CREATE TABLE account (id int PRIMARY KEY, version int)",
                    "INSERT INTO account SELECT i, 0 FROM generate_series(1, " + ACCOUNTS + ") i",
                    "INSERT INTO event (account, by) SELECT 1, i FROM generate_series(1, 20000) i");
            cluster.add();
            cluster.add();
            cluster.put("kill", Cluster.connector(database.uri(), "kill", json()));
            Writing writing = new Writing(database, new Random(seed));
            Thread writer = new Thread(writing, "writer");
            writer.start();
            long end = System.nanoTime() + SECONDS * 1_000_000_000L;
            int kills = 0;
            while (System.nanoTime() < end) {
                Thread.sleep(KILL_EVERY_SECONDS * 1000);
                ConnectWorker victim = cluster.workers.get(holder(cluster));
                victim.kill();
                kills++;
                victim.restart();
            }
            writing.stop.set(true);
            writer.join();
            assertThat(writing.failure).hasValue(null);
            assertThat(kills).as("kills, seed=%d", seed).isGreaterThanOrEqualTo(2);
            audit(database, new Topics(broker.bootstrapServers()), seed);
        }
    }

    private static Map<String, String> json() {
        return Map.of(
                "key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter",
                "value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter",
                "output", "json");
    }

    /** The worker that has the task: killing it hurts most. */
    private static int holder(Cluster cluster) {
        try {
            String id = cluster.status("kill")
                    .path("tasks")
                    .path(0)
                    .path("worker_id")
                    .asText();
            for (int i = 0; i < cluster.workers.size(); i++) {
                if (cluster.workers.get(i).url().endsWith(id)) {
                    return i;
                }
            }
        } catch (IOException | InterruptedException e) {
            return 0;
        }
        return 0;
    }

    private static void audit(Database database, Topics topics, long seed) throws Exception {
        int events = Integer.parseInt(database.ask("SELECT count(*) FROM event"));
        List<Topics.Message> found = topics.await("kill.event", events);
        List<Topics.Message> accounts = new ArrayList<>();
        Waiting.until("the last version of every account is there", () -> {
            accounts.clear();
            accounts.addAll(topics.read("kill.account"));
            return lastVersions(accounts).equals(versions(database));
        });
        Set<Long> ids = new HashSet<>();
        for (Topics.Message message : found) {
            long id = JSON.readTree(message.value()).path("id").asLong();
            assertThat(ids.add(id)).as("event %d once, seed=%d", id, seed).isTrue();
        }
        assertThat(found).as("events, seed=%d", seed).hasSize(events);
        // Every version of every account, in order: nothing lost, doubled or out of order. The copy shows some later
        // one first.
        Map<Integer, Integer> last = new HashMap<>();
        for (Topics.Message message : accounts) {
            JsonNode row = JSON.readTree(message.value());
            Integer before =
                    last.put(row.path("id").asInt(), row.path("version").asInt());
            if (before != null) {
                assertThat(row.path("version").asInt())
                        .as("account %s, seed=%d", row, seed)
                        .isEqualTo(before + 1);
            }
        }
    }

    private static Map<Integer, Integer> lastVersions(List<Topics.Message> accounts) throws IOException {
        Map<Integer, Integer> last = new TreeMap<>();
        for (Topics.Message message : accounts) {
            JsonNode row = JSON.readTree(message.value());
            last.put(row.path("id").asInt(), row.path("version").asInt());
        }
        return last;
    }

    private static Map<Integer, Integer> versions(Database database) throws SQLException {
        Map<Integer, Integer> versions = new TreeMap<>();
        for (int id = 1; id <= ACCOUNTS; id++) {
            versions.put(id, Integer.parseInt(database.ask("SELECT version FROM account WHERE id = " + id)));
        }
        return versions;
    }

    /** Transactions over both tables. */
    private static final class Writing implements Runnable {
        final AtomicBoolean stop = new AtomicBoolean();
        final AtomicReference<SQLException> failure = new AtomicReference<>();
        private final Database database;
        private final Random random;

        Writing(Database database, Random random) {
            this.database = database;
            this.random = random;
        }

        @Override
        public void run() {
            try (Connection session = database.connect();
                    PreparedStatement account =
                            session.prepareStatement("UPDATE account SET version = version + 1 WHERE id = ?");
                    PreparedStatement event =
                            session.prepareStatement("INSERT INTO event (account, by) VALUES (?, ?)")) {
                session.setAutoCommit(false);
                while (!stop.get()) {
                    int id = 1 + random.nextInt(ACCOUNTS);
                    account.setInt(1, id);
                    account.executeUpdate();
                    for (int i = random.nextInt(20); i >= 0; i--) {
                        event.setInt(1, id);
                        event.setInt(2, i);
                        event.executeUpdate();
                    }
                    session.commit();
                    Thread.sleep(random.nextInt(10));
                }
            } catch (SQLException e) {
                failure.set(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
