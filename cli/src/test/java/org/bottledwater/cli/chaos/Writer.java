package org.bottledwater.cli.chaos;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Random;

/** One session of the {@link Workload}. It counts the messages that each of its transactions has to become. */
final class Writer {
    private final Workload workload;
    private final int number;
    private final Random random;
    private long tags;
    private long fresh;

    Writer(Workload workload, int number, Random random) {
        this.workload = workload;
        this.number = number;
        this.random = random;
        this.tags = number * 1_000_000_000L;
        this.fresh = start(number) + Workload.RANGE / 2;
    }

    private static long start(int writer) {
        return writer * (long) Workload.RANGE;
    }

    /** Returns how many messages it makes, 0 when it was rolled back. */
    int transaction(Connection session) throws SQLException {
        long tag = ++tags;
        boolean large = random.nextInt(workload.pace().largeEvery()) == 0;
        int statements = large ? 1 + random.nextInt(3) : 1 + random.nextInt(6);
        int rows =
                large ? workload.pace().large() / statements : workload.pace().rows();
        int messages = 0;
        for (int i = 0; i < statements; i++) {
            if (random.nextInt(10) == 0) {
                Savepoint before = session.setSavepoint();
                change(session, tag, rows);
                session.rollback(before);
            } else {
                messages += change(session, tag, rows);
            }
        }
        try (Statement ledger = session.createStatement()) {
            ledger.execute("INSERT INTO " + Workload.LEDGER + " VALUES (" + tag + ", " + messages + ")");
        }
        if (random.nextInt(12) == 0) {
            session.rollback();
            return 0;
        }
        session.commit();
        return messages + 1;
    }

    private int change(Connection session, long tag, int most) throws SQLException {
        String table =
                Workload.TABLES.get(random.nextInt(Workload.TABLES.size())).name();
        int rows = 1 + random.nextInt(most);
        return switch (random.nextInt(8)) {
            case 0, 1 -> insert(session, table, tag, rows);
            case 2 -> delete(session, table, own(rows), rows);
            case 3 -> move(session, table, tag);
            case 4 -> touch(session, table, tag, any(rows), rows);
            default -> update(session, table, tag, any(rows), rows);
        };
    }

    private long own(int rows) {
        return start(number) + random.nextInt(2 * workload.pace().large() + rows);
    }

    private long any(int rows) {
        return start(random.nextInt(workload.pace().writers()))
                + random.nextInt(2 * workload.pace().large() + rows);
    }

    private int insert(Connection session, String table, long tag, int rows) throws SQLException {
        long from = own(rows);
        return run(
                session,
                "INSERT INTO " + table + " (id, version, tag, payload) SELECT i, nextval('versions'), " + tag + ", ?"
                        + " FROM generate_series(" + from + ", " + (from + rows - 1) + ") i ON CONFLICT DO NOTHING",
                payload(rows));
    }

    private int update(Connection session, String table, long tag, long from, int rows) throws SQLException {
        return run(
                session,
                "UPDATE " + table + " SET version = nextval('versions'), tag = " + tag + ", payload = ?"
                        + within(from, rows),
                payload(rows));
    }

    /** Leaves the large value as it is, so that the log does not carry it. */
    private int touch(Connection session, String table, long tag, long from, int rows) throws SQLException {
        return run(
                session, "UPDATE " + table + " SET version = nextval('versions'), tag = " + tag + within(from, rows));
    }

    private int delete(Connection session, String table, long from, int rows) throws SQLException {
        return run(session, "DELETE FROM " + table + within(from, rows));
    }

    /** A changed key is a null value at the old one and the row at the new one. */
    private int move(Connection session, String table, long tag) throws SQLException {
        return 2
                * run(
                        session,
                        "UPDATE " + table + " SET id = " + ++fresh + ", version = nextval('versions'), tag = " + tag
                                + within(own(1), 1));
    }

    private static String within(long from, int rows) {
        return " WHERE id >= " + from + " AND id < " + (from + rows);
    }

    private static int run(Connection session, String sql, String... arguments) throws SQLException {
        try (PreparedStatement statement = session.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setString(i + 1, arguments[i]);
            }
            return statement.executeUpdate();
        }
    }

    /** Now and then one that PostgreSQL stores apart. */
    private String payload(int rows) {
        boolean apart = rows < 50 && random.nextInt(10) == 0;
        StringBuilder text = new StringBuilder();
        for (int i = apart ? 400 : 1 + random.nextInt(5); i > 0; i--) {
            text.append(Long.toString(random.nextLong(), Character.MAX_RADIX));
        }
        return text.toString();
    }
}
