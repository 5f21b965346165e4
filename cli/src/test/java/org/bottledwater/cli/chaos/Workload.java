package org.bottledwater.cli.chaos;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An application that writes to several tables at once, from several sessions. Each row carries the tag of the transaction
 * that wrote it and a version that rises with each change of its key; the table {@code ledger} says of each tag how many
 * messages its transaction has to become, and is written by the same transaction.
 */
final class Workload implements AutoCloseable {
    static final List<Table> TABLES = List.of(
            new Table("account", "id::text"),
            new Table("orders", "region || ',' || id"),
            new Table("item", "id::text"));
    static final String LEDGER = "ledger";

    /** Each writer inserts and deletes in a range of its own, so that a key's versions are those of its history. */
    static final int RANGE = 10_000_000;

    private final String url;
    private final Pace pace;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong changes = new AtomicLong();
    private final AtomicLong transactions = new AtomicLong();
    private final List<Thread> writers = new ArrayList<>();

    /** A table, and its key's columns with commas between them, in SQL. */
    record Table(String name, String key) {}

    /**
     * How fast and how large.
     *
     * @param writers sessions at once
     * @param rows the most rows that an ordinary statement touches
     * @param large the rows of a large transaction, of which there is one in {@code largeEvery}
     * @param changesPerSecond of all writers together, about
     */
    record Pace(int writers, int rows, int large, int largeEvery, int changesPerSecond) {}

    private Workload(String url, Pace pace) {
        this.url = url;
        this.pace = pace;
    }

    /** @param rows how many each table has before anything else happens */
    static Workload prepare(String url, Pace pace, int rows) throws SQLException {
        Workload workload = new Workload(url, pace);
        try (Connection session = workload.connect();
                Statement statement = session.createStatement()) {
            statement.execute("CREATE SEQUENCE versions;"
                    + "CREATE TABLE account (id bigint PRIMARY KEY, version bigint, tag bigint, payload text);"
                    + "CREATE TABLE orders (region int DEFAULT 0, id bigint, version bigint, tag bigint, payload text,"
                    + " PRIMARY KEY (region, id));"
                    + "CREATE TABLE item (id bigint PRIMARY KEY, version bigint, tag bigint, payload text);"
                    + "ALTER TABLE item REPLICA IDENTITY FULL;"
                    + "CREATE TABLE " + LEDGER + " (tag bigint PRIMARY KEY, changes int)");
            for (Table table : TABLES) {
                statement.execute("INSERT INTO " + table.name() + " (id, version, tag, payload)"
                        + " SELECT i + " + RANGE + "::bigint * (i % " + pace.writers() + "), nextval('versions'), 0,"
                        + " repeat('first', 20) FROM generate_series(1, " + rows + ") i");
            }
        }
        return workload;
    }

    void begin(long seed) {
        for (int i = 0; i < pace.writers(); i++) {
            Writer writer = new Writer(this, i, new Random(seed + i));
            Thread thread = new Thread(() -> write(writer), "writer-" + i);
            thread.setDaemon(true);
            thread.start();
            writers.add(thread);
        }
    }

    /** Goes on through every outage of the database; what became of the last transaction the ledger tells. */
    private void write(Writer writer) {
        while (!over.get()) {
            try (Connection session = connect()) {
                session.setAutoCommit(false);
                while (!over.get()) {
                    int done = writer.transaction(session);
                    changes.addAndGet(done);
                    transactions.incrementAndGet();
                    TimeUnit.MICROSECONDS.sleep(1_000_000L * done * pace.writers() / pace.changesPerSecond());
                }
            } catch (SQLException e) {
                // The server is away, or this was chosen to end a deadlock.
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Pace pace() {
        return pace;
    }

    /** About how many messages were caused by now. */
    long changes() {
        return changes.get();
    }

    long transactions() {
        return transactions.get();
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(url + "&connectTimeout=5&socketTimeout=30", "postgres", "");
    }

    void rest() throws InterruptedException {
        over.set(true);
        for (Thread writer : writers) {
            writer.join(TimeUnit.SECONDS.toMillis(60));
            if (writer.isAlive()) {
                throw new AssertionError("a writer does not come to an end");
            }
        }
    }

    @Override
    public void close() {
        over.set(true);
        writers.forEach(Thread::interrupt);
    }
}
