package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.bottledwater.sandbox.Sandbox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program is killed while it copies and while it follows, under load; afterwards the topics equal the tables. */
class KilledProgramTest {
    private static final int ACCOUNTS = 200_000;

    @TempDir
    private Path folder;

    @Test
    @Timeout(240)
    void shouldLoseAndDoubleNothingWhenKilled() throws Exception {
        long seed = System.nanoTime();
        System.out.println("shouldLoseAndDoubleNothingWhenKilled: seed=" + seed);
        Random random = new Random(seed);
        try (Sandbox servers = Sandbox.start();
                Bank bank = Bank.open(servers.postgres().jdbcUrl("postgres"), ACCOUNTS);
                Admin admin =
                        Admin.create(Map.of("bootstrap.servers", servers.kafka().bootstrapServers()))) {
            bank.work(seed);
            Path log = folder.resolve("log");
            for (int i = 0; i < 6; i++) {
                try (Program program = Program.start(log, arguments(servers))) {
                    // The first is killed in the middle of the snapshot, the others somewhere behind it.
                    long before = messages(admin, "pgbench_accounts");
                    long some = i == 0 ? 1 : 1 + random.nextInt(3000);
                    until("it sends", program, () -> messages(admin, "pgbench_accounts") >= before + some);
                    program.kill();
                }
                if (i == 0) {
                    assertThat(messages(admin, "pgbench_accounts"))
                            .as("killed within the snapshot")
                            .isLessThan(ACCOUNTS);
                }
            }
            try (Program program = standByAndTakeOver(servers)) {
                bank.rest();
                String end = bank.single("SELECT pg_current_wal_lsn()");
                until(
                        "everything is confirmed",
                        program,
                        () -> bank.single("SELECT confirmed_flush_lsn >= '" + end
                                        + "' FROM pg_replication_slots WHERE slot_name = 'bottledwater'")
                                .equals("t"));
                assertThat(program.stop()).as(program.output()).isZero();
            }
            for (String table : Bank.KEYED) {
                assertThat(folded(servers, table).balances).as(table).isEqualTo(bank.balances(table));
            }
            Folded history = folded(servers, Bank.HISTORY);
            assertThat(history.unkeyed + " " + history.deltas).isEqualTo(bank.historyTotal());
        }
    }

    /** One follows, another waits for the slot, the one is killed. Returns the other. */
    private Program standByAndTakeOver(Sandbox servers) throws Exception {
        try (Program first = Program.start(folder.resolve("first"), arguments(servers))) {
            until("it follows", first, () -> first.output().contains("stream: following"));
            Program second = Program.start(folder.resolve("second"), arguments(servers));
            until("it waits", second, () -> second.output().contains("standing by until it is free"));
            first.kill();
            long free = System.nanoTime();
            until("it takes over", second, () -> second.output().contains("stream: following"));
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - free)).isLessThan(20);
            return second;
        }
    }

    private static String[] arguments(Sandbox servers) {
        return new String[] {
            "--postgres=" + servers.postgres().uri("postgres"),
            "--broker=" + servers.kafka().bootstrapServers(),
            "--schema-registry=" + servers.registry().url(),
            "--allow-unkeyed",
        };
    }

    private static Folded folded(Sandbox servers, String table) throws Exception {
        return Folded.read(
                servers.kafka().bootstrapServers(), servers.registry().url(), table);
    }

    /** How many offsets the topic has used; 0 while it does not exist. */
    private static long messages(Admin admin, String topic) throws Exception {
        if (!admin.listTopics().names().get().contains(topic)) {
            return 0;
        }
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .values()
                .forEach(description -> description
                        .partitions()
                        .forEach(p -> asked.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest())));
        return admin.listOffsets(asked).all().get().values().stream()
                .mapToLong(end -> end.offset())
                .sum();
    }

    private static void until(String what, Program program, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.call()) {
            if (System.nanoTime() > deadline || !program.isAlive()) {
                throw new AssertionError("waited in vain until " + what + ":\n" + program.output());
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }
}
