package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bottledwater.sandbox.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * pgbench's tables and its built-in transaction, by pgbench itself where {@code -Dconnect.pgbench=/usr/bin/pgbench} names it,
 * and else from here, as the servers of the sandbox have none. pgbench inserts into its history by column names, so that this
 * table can be given a key, which it needs to be audited.
 */
final class Pgbench implements AutoCloseable {
    static final List<String> TABLES =
            List.of("pgbench_accounts", "pgbench_tellers", "pgbench_branches", "pgbench_history");

    private static final String PROGRAM = System.getProperty("connect.pgbench", "");
    private static final String KEY_OF_HISTORY = "ALTER TABLE pgbench_history ADD COLUMN hid bigserial PRIMARY KEY";
    private static final int CLIENTS = 4;
    private static final int TRANSACTIONS_PER_SECOND = 200;
    private static final int MOST_SECONDS = 3600;
    private static final int TELLERS = 10;
    private static final int DELTA = 5000;

    private static final List<String> SCRIPT = List.of(
            "UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?",
            "SELECT abalance FROM pgbench_accounts WHERE aid = ?",
            "UPDATE pgbench_tellers SET tbalance = tbalance + ? WHERE tid = ?",
            "UPDATE pgbench_branches SET bbalance = bbalance + ? WHERE bid = ?",
            "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)");

    private final Database database;
    private final int accounts;
    private final long seed;
    private final List<Client> clients = new ArrayList<>();
    private @Nullable Process program;

    /** @param accounts of a branch; pgbench itself makes a hundred thousand */
    Pgbench(Database database, int accounts, long seed) {
        this.database = database;
        this.accounts = PROGRAM.isEmpty() ? accounts : 100_000;
        this.seed = seed;
    }

    void makeTables() throws SQLException, IOException, InterruptedException {
        if (!PROGRAM.isEmpty()) {
            int code = pgbench("-i", "-q", "-s", "1").waitFor();
            if (code != 0) {
                throw new IOException("pgbench -i ended with exit code " + code);
            }
        } else {
            database.run(
                    "CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88)) WITH (fillfactor = 100)",
                    "CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84))",
                    "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))",
                    "CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))",
                    "INSERT INTO pgbench_branches VALUES (1, 0)",
                    "INSERT INTO pgbench_tellers SELECT g, 1, 0 FROM generate_series(1, " + TELLERS + ") g",
                    "INSERT INTO pgbench_accounts SELECT g, 1, 0, '' FROM generate_series(1, " + accounts + ") g");
        }
        database.run(KEY_OF_HISTORY);
    }

    /** Begins to write. */
    void start() throws IOException, SQLException {
        if (PROGRAM.isEmpty()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(new Client(new Random(seed + i)));
            }
        } else {
            program = pgbench(
                    "-n",
                    "-c",
                    Integer.toString(CLIENTS),
                    "-R",
                    Integer.toString(TRANSACTIONS_PER_SECOND),
                    "-T",
                    Long.toString(MOST_SECONDS));
        }
    }

    /** How many transactions have been committed. */
    long transactions() throws SQLException {
        return Long.parseLong(database.ask("SELECT count(*) FROM pgbench_history"));
    }

    private Process pgbench(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(PROGRAM));
        command.addAll(List.of(options));
        command.add(database.uri());
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/pgbench.log")))
                .start();
    }

    /** A session that makes one transaction after the other. */
    private final class Client implements AutoCloseable {
        private final Connection session;
        private final List<PreparedStatement> script = new ArrayList<>();
        private final Random random;
        private final Repetition transactions;

        Client(Random random) throws SQLException {
            this.random = random;
            session = database.connect();
            session.setAutoCommit(false);
            for (String sql : SCRIPT) {
                script.add(session.prepareStatement(sql));
            }
            transactions = Repetition.every(1000 * CLIENTS / TRANSACTIONS_PER_SECOND, this::transaction);
        }

        private void transaction() throws SQLException {
            int account = 1 + random.nextInt(accounts);
            int teller = 1 + random.nextInt(TELLERS);
            int delta = random.nextInt(2 * DELTA + 1) - DELTA;
            execute(script.get(0), delta, account);
            execute(script.get(1), account);
            execute(script.get(2), delta, teller);
            execute(script.get(3), delta, 1);
            execute(script.get(4), teller, 1, account, delta);
            session.commit();
        }

        void end() throws Exception {
            transactions.end();
        }

        @Override
        public void close() throws SQLException {
            transactions.close();
            session.close();
        }
    }

    private static void execute(PreparedStatement statement, int... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setInt(i + 1, parameters[i]);
        }
        statement.execute();
    }

    /** Lets it come to its end; fails if a client has failed. */
    void finish() throws Exception {
        for (Client client : clients) {
            client.end();
        }
        Process running = program;
        if (running != null) {
            assertThat(running.isAlive())
                    .as("pgbench runs, see target/pgbench.log")
                    .isTrue();
            running.destroy();
            Waiting.until("pgbench ends", () -> !running.isAlive());
            // Its last transactions may be under way on the server.
            Waiting.until(
                    "its sessions end",
                    () -> database.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'")
                            .equals("0"));
        }
    }

    @Override
    public void close() throws SQLException {
        Process running = program;
        if (running != null) {
            running.destroyForcibly();
        }
        for (Client client : clients) {
            client.close();
        }
    }
}
