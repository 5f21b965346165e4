package org.bottledwater.postgres;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Predicate;
import org.bottledwater.change.Column;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.Type;
import org.bottledwater.postgres.wire.CopyBinaryDecoder;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyOut;

/**
 * Reads columns of rows by their keys: the large values that updates left as they were, which the log does not repeat.
 * Connects when first asked. One thread at a time, except for {@link #abort}.
 *
 * <p>Each fetch is a transaction of its own: the table is locked, found to be the one that is meant, and its columns are found by
 * their attribute numbers, before anything is read. Nothing that people have put in the place of a table or a type is run.
 */
public final class RowFetcher implements AutoCloseable {
    /** No transaction in particular. */
    public static final long ANY = -1;

    private static final Type INTEGER = new Type.Base(23, "pg_catalog", "int4");
    private static final Type XID = new Type.Base(28, "pg_catalog", "xid");
    private static final int MAX_ROWS = 500;

    private final PostgresAddress address;
    private final RowSource source;
    private final Map<Relation, Map<Integer, String>> equality = new WeakHashMap<>();
    private int rowsThatFit = MAX_ROWS;
    private volatile @Nullable Postgres postgres;
    private @Nullable CopyQuery query;

    /** Of tables of which nothing is known but the catalog of now. */
    public RowFetcher(PostgresAddress address) {
        this(address, RowSource.UNKNOWN);
    }

    public RowFetcher(PostgresAddress address, RowSource source) {
        this.address = address;
        this.source = source;
    }

    /**
     * @param xid of the transaction that changed the rows, unsigned: where the log tells a table by a name that may have passed to
     *     another one, only its rows count; or {@link #ANY}
     * @param columns positions in the relation
     * @param keys for each row the values of {@link Relation#keyColumns()} in text form, in that order
     * @param readsBinary types of which the bytes are to be in binary form; others come as text
     * @param maxBytes no further row is kept once the rows have this many
     * @return an answer for the first of the keys, or for all: nothing for a row that is not there any more, or whose table
     *     or key is gone or is not known to be what it was; a column of which that is not known is {@link ColumnState#UNCHANGED}
     */
    public List<Optional<Fetched>> fetch(
            Relation relation,
            long xid,
            List<Integer> columns,
            List<List<String>> keys,
            Predicate<Type> readsBinary,
            long maxBytes) {
        for (List<String> key : keys) {
            if (key.size() != relation.keyColumns().size() || key.isEmpty()) {
                throw new IllegalArgumentException("fetch: the key does not fit, table=" + relation + " columns="
                        + relation.keyColumns().size() + " values=" + key.size());
            }
        }
        List<List<String>> first = keys.subList(0, Math.min(keys.size(), rowsThatFit));
        try {
            Postgres session = session();
            Optional<LockedTable> table =
                    LockedTable.lock(session.jdbc(), session.serverVersion(), relation, source, equality);
            List<Optional<Fetched>> answers = nothing(first);
            if (table.isPresent() && table.get().has(relation.keyColumns())) {
                answers = read(session, table.get(), columns, first, readsBinary, maxBytes);
                remember(answers.size(), first.size());
                if (!table.get().isCertain() && xid != ANY) {
                    answers = writtenBy(xid, answers);
                }
            }
            LockedTable.unlock(session.jdbc());
            return answers;
        } catch (SQLException e) {
            close();
            if (isGone(e)) {
                return nothing(first);
            }
            throw SqlErrors.translate(e, "fetch: rows cannot be read, table=" + relation);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static List<Optional<Fetched>> nothing(List<List<String>> keys) {
        return keys.stream().map(key -> Optional.<Fetched>empty()).toList();
    }

    /** A table, a schema, a column or a type is. */
    private static boolean isGone(SQLException e) {
        return Set.of("42P01", "3F000", "42703", "42704").contains(String.valueOf(e.getSQLState()));
    }

    /** A table that may be another of that name: the transaction wrote a row there with that key, so it is not. */
    private static List<Optional<Fetched>> writtenBy(long xid, List<Optional<Fetched>> answers) {
        return answers.stream()
                .map(answer -> answer.filter(row -> row.xmin() == xid))
                .toList();
    }

    private void remember(int answered, int asked) {
        if (answered < asked) {
            rowsThatFit = answered;
        } else if (asked == rowsThatFit) {
            rowsThatFit = Math.min(2 * rowsThatFit, MAX_ROWS);
        }
    }

    private List<Optional<Fetched>> read(
            Postgres session,
            LockedTable table,
            List<Integer> columns,
            List<List<String>> keys,
            Predicate<Type> readsBinary,
            long maxBytes)
            throws SQLException {
        CopyQuery query = this.query == null ? new CopyQuery(session.jdbc()) : this.query;
        this.query = query;
        List<Integer> known =
                columns.stream().filter(column -> table.has(List.of(column))).toList();
        List<Column> wanted = new ArrayList<>();
        wanted.add(new Column("xmin", XID, -1, "xid", 0, ""));
        known.forEach(column -> wanted.add(table.column(column)));
        boolean[] asText = query.asText(wanted, readsBinary);
        asText[0] = false;
        String sql = table.query().copy(query.columns(wanted, asText), keys);
        int[] targets = known.stream().mapToInt(columns::indexOf).toArray();
        Answers answers = new Answers(maxBytes, columns.size(), targets);
        run(session, sql, shape(table.relation(), wanted), numbered(asText), answers);
        return answers.end(keys.size());
    }

    /** Which transactions a fetch sees from now on: {@code xmin:xmax:xip_list} (manual, "txid_snapshot"). */
    public String visibleTransactions() {
        try {
            return session().visibleTransactions();
        } catch (SQLException e) {
            close();
            throw SqlErrors.translate(e, "fetch: cannot begin");
        }
    }

    private Postgres session() throws SQLException {
        Postgres session = postgres;
        if (session == null) {
            session = Postgres.connect(address);
            postgres = session;
            try (Statement statement = session.jdbc().createStatement()) {
                statement.execute("SET default_transaction_read_only = on");
                if (session.serverVersion() >= 90500) {
                    // A row that a policy hides must not look as if it were gone.
                    statement.execute("SET row_security = off");
                }
            }
        }
        return session;
    }

    /** The rows of the COPY: number, {@code xmin}, the columns. */
    private static Relation shape(Relation relation, List<Column> wanted) {
        List<Column> columns = new ArrayList<>();
        columns.add(new Column("n", INTEGER, -1, "integer", 0, ""));
        columns.addAll(wanted);
        return new Relation(relation.oid(), relation.name(), relation.identity(), columns, List.of(), "");
    }

    private static boolean[] numbered(boolean[] asText) {
        boolean[] all = new boolean[asText.length + 1];
        System.arraycopy(asText, 0, all, 1, asText.length);
        return all;
    }

    private static void run(Postgres session, String sql, Relation shape, boolean[] asText, Answers answers)
            throws SQLException {
        CopyBinaryDecoder decoder = new CopyBinaryDecoder(shape, asText);
        CopyOut copy = RawText.copyOut(session.jdbc(), sql);
        for (byte[] data = copy.readFromCopy(); data != null; data = copy.readFromCopy()) {
            decoder.data(data, 0, data.length, (relation, row) -> answers.add(row));
        }
        decoder.end();
        // Where it has failed, the end of the transaction does that.
        RawText.back(session.jdbc());
    }

    /** The rows that fit; those behind them are read to the end of the COPY, and left. */
    private static final class Answers {
        private final List<Optional<Fetched>> rows = new ArrayList<>();
        private final long maxBytes;
        private final int width;
        private final int[] targets;
        private long bytes;

        /**
         * @param width how many columns the answers have
         * @param targets which of them the columns of the rows are
         */
        Answers(long maxBytes, int width, int[] targets) {
            this.maxBytes = maxBytes;
            this.width = width;
            this.targets = targets;
        }

        void add(Tuple row) {
            if (bytes < maxBytes) {
                fill(int32(row, 0));
                rows.add(Optional.of(fetched(row, width, targets)));
                bytes += row.length();
            }
        }

        /** What the server has no row for is gone. */
        private void fill(int size) {
            while (rows.size() < size) {
                rows.add(Optional.empty());
            }
        }

        List<Optional<Fetched>> end(int keys) {
            if (bytes < maxBytes) {
                fill(keys);
            }
            return rows;
        }
    }

    /** The decoder's tuple ends with the call, so the bytes are kept in an array of their own. */
    private static Fetched fetched(Tuple row, int width, int[] targets) {
        int ours = 2;
        int length = 0;
        for (int i = ours; i < row.size(); i++) {
            length += row.length(i);
        }
        byte[] bytes = new byte[length];
        Tuple columns = new Tuple();
        columns.wrap(bytes, width);
        for (int i = 0; i < width; i++) {
            columns.set(i, ColumnState.UNCHANGED);
        }
        int end = 0;
        for (int i = ours; i < row.size(); i++) {
            ColumnState state = row.state(i);
            if (state == ColumnState.NULL) {
                columns.set(targets[i - ours], ColumnState.NULL);
                continue;
            }
            System.arraycopy(row.buffer(), row.offset(i), bytes, end, row.length(i));
            columns.set(targets[i - ours], state, end, row.length(i));
            end += row.length(i);
        }
        return new Fetched(Integer.toUnsignedLong(int32(row, 1)), columns);
    }

    private static int int32(Tuple row, int column) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value = (value << 8) | (row.buffer()[row.offset(column) + i] & 0xFF);
        }
        return value;
    }

    /** Ends a fetch that another thread waits for. */
    public void abort() {
        Postgres session = postgres;
        if (session != null) {
            session.abort();
        }
    }

    @Override
    public void close() {
        Postgres session = postgres;
        if (session != null) {
            session.close();
        }
        postgres = null;
        query = null;
    }
}
