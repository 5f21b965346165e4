package org.bottledwater.cli;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The schema and the transaction of pgbench: three tables with keys, and a history without one. */
final class Bank implements AutoCloseable {
    static final List<String> KEYED = List.of("pgbench_accounts", "pgbench_tellers", "pgbench_branches");
    static final String HISTORY = "pgbench_history";
    private static final int CLIENTS = 3;

    private final String url;
    private final int accounts;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicReference<@Nullable SQLException> failure = new AtomicReference<>();
    private final List<Thread> clients = new ArrayList<>();

    private Bank(String url, int accounts) {
        this.url = url;
        this.accounts = accounts;
    }

    static Bank open(String url, int accounts) throws SQLException {
        Bank bank = new Bank(url, accounts);
        try (Connection session = bank.connect();
                Statement statement = session.createStatement()) {
            statement.execute("CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));"
                    + "CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84));"
                    + "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));"
                    + "CREATE TABLE pgbench_history"
                    + " (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));"
                    + "INSERT INTO pgbench_branches SELECT i, 0 FROM generate_series(1, 10) i;"
                    + "INSERT INTO pgbench_tellers SELECT i, 1 + i % 10, 0 FROM generate_series(1, 100) i;"
                    + "INSERT INTO pgbench_accounts SELECT i, 1 + i % 10, 0, '' FROM generate_series(1, " + accounts
                    + ") i");
        }
        return bank;
    }

    /** Begins to write, from several sessions at once. */
    void work(long seed) {
        for (int i = 0; i < CLIENTS; i++) {
            Random random = new Random(seed + i);
            Thread client = new Thread(() -> transact(random), "client-" + i);
            client.start();
            clients.add(client);
        }
    }

    private void transact(Random random) {
        try (Connection session = connect();
                PreparedStatement account =
                        session.prepareStatement("UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?");
                PreparedStatement teller =
                        session.prepareStatement("UPDATE pgbench_tellers SET tbalance = tbalance + ? WHERE tid = ?");
                PreparedStatement branch =
                        session.prepareStatement("UPDATE pgbench_branches SET bbalance = bbalance + ? WHERE bid = ?");
                PreparedStatement history = session.prepareStatement(
                        "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (?, ?, ?, ?, now())")) {
            session.setAutoCommit(false);
            while (!over.get()) {
                int aid = 1 + random.nextInt(accounts);
                int tid = 1 + random.nextInt(100);
                int bid = 1 + random.nextInt(10);
                int delta = random.nextInt(10001) - 5000;
                run(account, delta, aid);
                run(teller, delta, tid);
                run(branch, delta, bid);
                run(history, tid, bid, aid, delta);
                if (random.nextInt(20) == 0) {
                    session.rollback();
                } else {
                    session.commit();
                }
            }
        } catch (SQLException e) {
            failure.set(e);
        }
    }

    private static void run(PreparedStatement statement, int... arguments) throws SQLException {
        for (int i = 0; i < arguments.length; i++) {
            statement.setInt(i + 1, arguments[i]);
        }
        statement.executeUpdate();
    }

    /** Stops writing. */
    void rest() throws InterruptedException {
        over.set(true);
        for (Thread client : clients) {
            client.join();
        }
        SQLException e = failure.get();
        if (e != null) {
            throw new AssertionError("the application failed", e);
        }
    }

    /** Key and balance of each row. */
    Map<String, String> balances(String table) throws SQLException {
        String letter = table.substring("pgbench_".length(), "pgbench_".length() + 1);
        Map<String, String> balances = new TreeMap<>();
        try (Connection session = connect();
                Statement statement = session.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT " + letter + "id, " + letter + "balance FROM " + table)) {
            while (row.next()) {
                balances.put(row.getString(1), row.getString(2));
            }
        }
        return balances;
    }

    /** How many rows of the history there are, and what their deltas add up to. */
    String historyTotal() throws SQLException {
        return single("SELECT count(*) || ' ' || coalesce(sum(delta), 0) FROM pgbench_history");
    }

    String single(String sql) throws SQLException {
        try (Connection session = connect();
                Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url, "postgres", "");
    }

    @Override
    public void close() {
        over.set(true);
    }
}
