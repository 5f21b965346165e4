package org.bottledwater.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/**
 * pgbench's built-in script "TPC-B (sort of)" with its tables at scale 10, from here, as the servers of the sandbox have no
 * pgbench. Its history has a key, so that it can be captured.
 */
final class TpcB {
    private static final int SCALE = 10;
    private static final int TELLERS = 10 * SCALE;
    private static final int ACCOUNTS = 100_000 * SCALE;
    private static final int DELTA = 5000;

    static final List<String> TABLES = List.of(
            "CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88)) WITH (fillfactor = 50)",
            "CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84)) WITH (fillfactor = 50)",
            "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))",
            "CREATE TABLE pgbench_history (hid bigserial PRIMARY KEY, tid int, bid int, aid int, delta int, mtime timestamp,"
                    + " filler char(22))",
            "INSERT INTO pgbench_branches SELECT g, 0 FROM generate_series(1, " + SCALE + ") g",
            "INSERT INTO pgbench_tellers SELECT g, 1 + (g - 1) / 10, 0 FROM generate_series(1, " + TELLERS + ") g",
            "INSERT INTO pgbench_accounts SELECT g, 1 + (g - 1) / 100000, 0, '' FROM generate_series(1, " + ACCOUNTS
                    + ") g",
            "VACUUM (FREEZE, ANALYZE)",
            "CHECKPOINT");

    private static final List<String> SCRIPT = List.of(
            "UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?",
            "SELECT abalance FROM pgbench_accounts WHERE aid = ?",
            "UPDATE pgbench_tellers SET tbalance = tbalance + ? WHERE tid = ?",
            "UPDATE pgbench_branches SET bbalance = bbalance + ? WHERE bid = ?",
            "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)");

    private TpcB() {}

    /** Returns the transactions per second. */
    static double run(Stack stack, int clientCount, int seconds) {
        ExecutorService clients = Executors.newFixedThreadPool(clientCount);
        try {
            long end = System.nanoTime() + seconds * 1_000_000_000L;
            Callable<Long> client = () -> client(stack, end);
            List<Future<Long>> counts = new ArrayList<>();
            for (int i = 0; i < clientCount; i++) {
                counts.add(clients.submit(client));
            }
            long total = 0;
            for (Future<Long> count : counts) {
                total += count.get();
            }
            return (double) total / seconds;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        } catch (ExecutionException e) {
            throw new BenchException("a client failed", e);
        } finally {
            clients.shutdown();
        }
    }

    private static long client(Stack stack, long end) throws SQLException {
        long count = 0;
        try (Connection connection = stack.connect()) {
            connection.setAutoCommit(false);
            List<PreparedStatement> script = new ArrayList<>();
            for (String sql : SCRIPT) {
                script.add(connection.prepareStatement(sql));
            }
            while (System.nanoTime() < end) {
                transaction(script);
                connection.commit();
                count++;
            }
        }
        return count;
    }

    private static void transaction(List<PreparedStatement> script) throws SQLException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int account = 1 + random.nextInt(ACCOUNTS);
        int teller = 1 + random.nextInt(TELLERS);
        int branch = 1 + random.nextInt(SCALE);
        int delta = random.nextInt(-DELTA, DELTA);
        execute(script.get(0), delta, account);
        execute(script.get(1), account);
        execute(script.get(2), delta, teller);
        execute(script.get(3), delta, branch);
        execute(script.get(4), teller, branch, account, delta);
    }

    private static void execute(PreparedStatement statement, int... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setInt(i + 1, parameters[i]);
        }
        statement.execute();
    }
}
