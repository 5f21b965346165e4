package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.bottledwater.pipeline.audit.TableAudit;
import org.bottledwater.sandbox.ConnectWorker;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.RegistryServer;
import org.junit.jupiter.api.Test;

/**
 * Workers are killed while pgbench writes, one after the other: the tables are in Kafka, and nothing is there twice or in
 * part. The short form is for every build; {@code -Dconnect.kill.seconds=300} is five minutes with a kill every twenty seconds.
 */
class KillTest {
    private static final long SECONDS = Long.getLong("connect.kill.seconds", 20);
    private static final long KILL_EVERY_SECONDS = SECONDS > 60 ? 20 : 8;
    private static final int ACCOUNTS = SECONDS > 60 ? 100_000 : 20_000;
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    /** The wire format's first byte and the number of the schema. */
    private static final int PREFIX = 5;

    @Test
    void shouldLoseNothingAndDoubleNothingWhenWorkersAreKilled() throws Exception {
        long seed = System.nanoTime();
        try (KafkaBroker broker = KafkaBroker.start();
                RegistryServer registry = RegistryServer.start();
                Database database = new Database();
                Pgbench pgbench = new Pgbench(database, ACCOUNTS, seed);
                Cluster cluster = Cluster.exactlyOnce(broker)) {
            pgbench.makeTables();
            cluster.add();
            cluster.add();
            pgbench.start(SECONDS);
            cluster.put("kill", Cluster.connector(database.uri(), "kill", avro(registry)));
            int kills = killForAWhile(cluster);
            pgbench.finish();
            assertThat(kills).as("kills, seed=%d", seed).isGreaterThanOrEqualTo(2);

            audit(CommandLine.settings(
                    database.uri(),
                    "kill",
                    broker.bootstrapServers(),
                    OutputFormat.AVRO,
                    RegistrySettings.of(registry.url()),
                    "public.*"));
            Found found = new Found(seed);
            Topics topics = new Topics(broker.bootstrapServers());
            for (String table : Pgbench.TABLES) {
                topics.each("kill." + table, message -> found.take(table, message));
            }
            found.requireWhole(database);
            System.out.println("kills=" + kills + " messages=" + found.messages.size() + " transactions="
                    + found.transactions.size());
        }
    }

    /** The audit asks the checkpoint how far the copy is: it is where a command line's would be, and in bytes. */
    private static Map<String, String> avro(RegistryServer registry) {
        return Map.of(
                "key.converter",
                "org.apache.kafka.connect.converters.ByteArrayConverter",
                "value.converter",
                "org.apache.kafka.connect.converters.ByteArrayConverter",
                "output",
                "avro",
                "schema.registry",
                registry.url(),
                "checkpoint.topic",
                CheckpointTopic.DEFAULT_NAME);
    }

    private static int killForAWhile(Cluster cluster) throws InterruptedException {
        long begun = System.nanoTime();
        int kills = 0;
        for (long at = KILL_EVERY_SECONDS; at < SECONDS; at += KILL_EVERY_SECONDS) {
            // A worker takes some seconds to start, on a busy machine also longer than there is.
            TimeUnit.NANOSECONDS.sleep(begun + TimeUnit.SECONDS.toNanos(at) - System.nanoTime());
            ConnectWorker victim = cluster.workers.get(holder(cluster));
            victim.kill();
            kills++;
            victim.restart();
        }
        TimeUnit.NANOSECONDS.sleep(begun + TimeUnit.SECONDS.toNanos(SECONDS) - System.nanoTime());
        return kills;
    }

    /** The worker that has the task: killing it hurts most. */
    private static int holder(Cluster cluster) throws InterruptedException {
        try {
            String id = cluster.status("kill")
                    .path("tasks")
                    .path(0)
                    .path("worker_id")
                    .asText();
            for (int i = 0; i < cluster.workers.size(); i++) {
                if (!id.isEmpty() && cluster.workers.get(i).url().endsWith(id)) {
                    return i;
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return 0;
    }

    /** What {@code bottledwater audit} does. */
    private static void audit(Settings settings) throws InterruptedException {
        AuditReport report = Audit.run(
                settings,
                new AuditSettings(false, 1, PATIENCE, Path.of(System.getProperty("java.io.tmpdir")), 10),
                new AuditListener() {});
        assertThat(report.isClean()).as(report::toString).isTrue();
        for (String table : Pgbench.TABLES) {
            assertThat(report.table(new TableName("public", table))
                            .orElseThrow()
                            .verdict())
                    .as("audit of %s", table)
                    .isEqualTo(TableAudit.Verdict.SAME);
        }
        System.out.println("audit: same, rows=" + report.rows() + " messages=" + report.messages());
    }

    /** What a reader of committed messages finds in the topics. */
    private static final class Found {
        /** The row and what happened to it: the copy at a position, or the change by a transaction. */
        final Set<String> messages = new HashSet<>();

        /** How many messages each has sent. */
        final Map<String, Integer> transactions = new HashMap<>();

        private final Set<String> history = new HashSet<>();
        private final Map<String, Long> last = new HashMap<>();
        private final long seed;

        Found(long seed) {
            this.seed = seed;
        }

        void take(String table, Topics.Message message) {
            String key = HexFormat.of().formatHex(Arrays.copyOfRange(message.key(), PREFIX, message.key().length));
            String lsn = message.headers().getOrDefault("pg.lsn", "");
            String xid = message.headers().getOrDefault("pg.xid", "");
            assertThat(messages.add(table + " " + key + " " + lsn + " " + xid))
                    .as("once: table=%s key=%s lsn=%s xid=%s seed=%d", table, key, lsn, xid, seed)
                    .isTrue();
            if (table.equals("pgbench_history")) {
                history.add(key);
            }
            if (!xid.isEmpty()) {
                transactions.merge(xid, 1, Integer::sum);
                Long before = last.put(table + message.partition(), Lsn.parse(lsn));
                if (before != null) {
                    assertThat(Lsn.isBefore(Lsn.parse(lsn), before))
                            .as("in order: table=%s lsn=%s before=%s seed=%d", table, lsn, Lsn.toString(before), seed)
                            .isFalse();
                }
            }
        }

        /** Each of pgbench's transactions changes a row of every table. */
        void requireWhole(Database database) throws SQLException {
            assertThat(history)
                    .as("rows of pgbench_history, seed=%d", seed)
                    .hasSize(Integer.parseInt(database.ask("SELECT count(*) FROM pgbench_history")));
            assertThat(transactions).as("transactions, seed=%d", seed).isNotEmpty();
            transactions.forEach((xid, sent) -> assertThat(sent)
                    .as("messages of xid %s, seed=%d", xid, seed)
                    .isEqualTo(Pgbench.TABLES.size()));
        }
    }
}
