package org.bottledwater.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bottledwater.change.ConnectionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for those who are writing to tables. A transaction that changed a table before the table was published, and that
 * commits after the table's copy was begun, would be in neither: this is to be called between the two.
 */
public final class Writers {
    private static final Logger log = LoggerFactory.getLogger(Writers.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    private static final Duration TELL_AFTER = Duration.ofSeconds(5);

    private Writers() {}

    /** Returns when every transaction that is now writing to one of the tables has ended; others may have begun. */
    public static void await(Postgres postgres, Collection<Table> tables) {
        List<Integer> oids = tables.stream().map(Table::oid).toList();
        if (oids.isEmpty()) {
            return;
        }
        long begun = System.nanoTime();
        boolean told = false;
        try {
            Set<String> writing = writing(postgres, oids);
            while (!writing.isEmpty()) {
                if (!told && System.nanoTime() - begun > TELL_AFTER.toNanos()) {
                    log.info(
                            "a copy waits for transactions that are writing to its tables, or for their standby: {}"
                                    + " (see pg_locks.virtualtransaction)",
                            writing);
                    told = true;
                }
                Thread.sleep(LOOK_AGAIN.toMillis());
                writing.retainAll(writing(postgres, oids));
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "locks: cannot be looked up");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while waiting for transactions to end", e);
        }
    }

    /** Prepared transactions are among them. */
    private static Set<String> writing(Postgres postgres, List<Integer> oids) throws SQLException {
        String sql = "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted"
                + " AND pid IS DISTINCT FROM pg_backend_pid()"
                + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                + " AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"
                + " AND relation IN (" + TypeLoader.list(oids) + ")";
        Set<String> writing = new HashSet<>();
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                writing.add(row.getString(1));
            }
        }
        return writing;
    }
}
