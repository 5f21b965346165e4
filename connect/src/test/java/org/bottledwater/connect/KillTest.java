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
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;

/**
 * Workers are killed while pgbench writes, one after the other: the tables are in Kafka, and nothing is there twice or in
 * part. The first kill comes as soon as rows of the copy are there. The short form is for every build;
 * {@code -Dconnect.kills=15} is some seven minutes.
 */
class KillTest {
    private static final int KILLS = Integer.getInteger("connect.kills", 2);
    private static final boolean LONG = KILLS > 4;
    private static final int TRANSACTIONS_PER_KILL = LONG ? 4000 : 1600;
    private static final int ACCOUNTS = LONG ? 100_000 : 20_000;
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
            pgbench.start();
            cluster.put("kill", Cluster.connector(database.uri(), "kill", avro(registry)));
            Topics topics = new Topics(broker.bootstrapServers());
            Waiting.until(
                    "the copy has begun",
                    () -> !topics.read("kill.pgbench_accounts").isEmpty());
            killHolder(cluster);
            for (int kills = 1; kills < KILLS; kills++) {
                await(pgbench, TRANSACTIONS_PER_KILL);
                killHolder(cluster);
            }
            await(pgbench, TRANSACTIONS_PER_KILL);
            pgbench.finish();

            audit(CommandLine.settings(
                    database.uri(),
                    "kill",
                    broker.bootstrapServers(),
                    OutputFormat.AVRO,
                    RegistrySettings.of(registry.url()),
                    "public.*"));
            Found found = new Found(seed);
            for (String table : Pgbench.TABLES) {
                topics.each("kill." + table, message -> found.take(table, message));
            }
            found.requireWhole(database);
            System.out.println("kills=" + KILLS + " messages=" + found.messages.size() + " transactions="
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

    private static void await(Pgbench pgbench, int more) throws SQLException {
        long wanted = pgbench.transactions() + more;
        Waiting.until(more + " more transactions", () -> pgbench.transactions() >= wanted);
    }

    private static void killHolder(Cluster cluster) throws InterruptedException {
        ConnectWorker victim = cluster.workers.get(holder(cluster));
        victim.kill();
        victim.restart();
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
