package org.bottledwater.postgres;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
 */
public final class RowFetcher implements AutoCloseable {
    private static final Type INTEGER = new Type.Base(23, "pg_catalog", "int4");
    private static final Type XID = new Type.Base(28, "pg_catalog", "xid");
    private static final int MONEY = 790;
    private static final int MAX_ROWS = 500;

    private final PostgresAddress address;
    private final Map<Relation, Map<String, String>> equality = new HashMap<>();
    private int rowsThatFit = MAX_ROWS;
    private volatile @Nullable Postgres postgres;
    private @Nullable CopyQuery query;

    public RowFetcher(PostgresAddress address) {
        this.address = address;
    }

    /**
     * @param columns positions in the relation
     * @param keys for each row the values of {@link Relation#keyColumns()} in text form, in that order
     * @param readsBinary types of which the bytes are to be in binary form; others come as text
     * @param maxBytes no further row is kept once the rows have this many
     * @return an answer for the first of the keys, or for all: nothing for a row that is not there any more, or whose table or
     *     a column is gone
     */
    public List<Optional<Fetched>> fetch(
            Relation relation,
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
        List<Column> wanted = new ArrayList<>();
        wanted.add(new Column("xmin", XID, -1, "xid", 0, ""));
        columns.forEach(position -> wanted.add(relation.columns().get(position)));
        try {
            Postgres session = session();
            CopyQuery query = this.query == null ? new CopyQuery(session.jdbc()) : this.query;
            this.query = query;
            boolean[] asText = query.asText(wanted, readsBinary);
            asText[0] = false;
            String sql = "COPY (SELECT k.n, t.* FROM " + values(relation, first) + ", LATERAL (SELECT "
                    + query.columns(wanted, asText) + " FROM ONLY "
                    + relation.name().quoted() + " AS t WHERE " + condition(relation, equality(session, relation))
                    + ") AS t ORDER BY 1) TO STDOUT (FORMAT binary)";
            List<Optional<Fetched>> answers =
                    run(session, sql, shape(relation, wanted), numbered(asText), first.size(), maxBytes);
            if (answers.size() < first.size()) {
                rowsThatFit = answers.size();
            } else if (first.size() == rowsThatFit) {
                rowsThatFit = Math.min(2 * rowsThatFit, MAX_ROWS);
            }
            return answers;
        } catch (SQLException e) {
            if (SqlErrors.isNameGone(e) || "42703".equals(e.getSQLState())) {
                return first.stream().map(key -> Optional.<Fetched>empty()).toList();
            }
            close();
            throw SqlErrors.translate(e, "fetch: rows cannot be read, table=" + relation);
        }
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
            if (session.serverVersion() >= 90500) {
                try (Statement statement = session.jdbc().createStatement()) {
                    // A row that a policy hides must not look as if it were gone.
                    statement.execute("SET row_security = off");
                }
            }
        }
        return session;
    }

    /** {@code (VALUES (0, 'a'::text), (1, 'b'::text)) AS k(n, k0)}. */
    private static String values(Relation relation, List<List<String>> keys) {
        StringBuilder sql = new StringBuilder("(VALUES ");
        for (int i = 0; i < keys.size(); i++) {
            sql.append(i == 0 ? "(" : ", (").append(i);
            for (int k = 0; k < relation.keyColumns().size(); k++) {
                Column column = relation.columns().get(relation.keyColumns().get(k));
                // Money is read as the database's locale writes it, except from a numeric.
                String through = column.type().oid() == MONEY ? "::numeric::" : "::";
                sql.append(", ")
                        .append(Sessions.literal(keys.get(i).get(k)))
                        .append(through)
                        .append(column.declaredType());
            }
            sql.append(')');
        }
        return sql.append(") AS k(n")
                .append(IntStream.range(0, relation.keyColumns().size())
                        .mapToObj(k -> ", k" + k)
                        .collect(Collectors.joining()))
                .append(')')
                .toString();
    }

    private static String condition(Relation relation, Map<String, String> equality) {
        return IntStream.range(0, relation.keyColumns().size())
                .mapToObj(k -> {
                    String column =
                            relation.columns().get(relation.keyColumns().get(k)).name();
                    return "t." + Sessions.identifier(column) + " " + equality.getOrDefault(column, "=") + " k.k" + k;
                })
                .collect(Collectors.joining(" AND "));
    }

    /**
     * For each column of the key the operator by which its index finds it: that of an extension's type is in no schema of the
     * search path, and another one would read the whole table (manual, "Operator Classes and Operator Families").
     */
    private Map<String, String> equality(Postgres session, Relation relation) throws SQLException {
        Map<String, String> known = equality.get(relation);
        if (known != null) {
            return known;
        }
        Map<String, String> operators = new HashMap<>();
        try (PreparedStatement statement = session.jdbc()
                .prepareStatement("SELECT a.attname, n.nspname, o.oprname"
                        + " FROM pg_index i, LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) AS c(attnum, opclass)"
                        + " JOIN pg_opclass oc ON oc.oid = c.opclass"
                        + " JOIN pg_amop am ON am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype"
                        + " AND am.amoprighttype = oc.opcintype AND am.amopstrategy = 3"
                        + " JOIN pg_am ON pg_am.oid = oc.opcmethod AND pg_am.amname = 'btree'"
                        + " JOIN pg_operator o ON o.oid = am.amopopr"
                        + " JOIN pg_namespace n ON n.oid = o.oprnamespace"
                        + " JOIN pg_attribute a ON a.attnum = c.attnum"
                        + " WHERE i.indrelid = ?::int8::oid AND a.attrelid = i.indrelid"
                        + " AND (i.indisprimary OR i.indisreplident)")) {
            statement.setLong(1, Integer.toUnsignedLong(relation.oid()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    operators.put(
                            row.getString(1),
                            "OPERATOR(" + Sessions.identifier(row.getString(2)) + "." + row.getString(3) + ")");
                }
            }
        }
        equality.put(relation, operators);
        return operators;
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

    private static List<Optional<Fetched>> run(
            Postgres session, String sql, Relation shape, boolean[] asText, int keys, long maxBytes)
            throws SQLException {
        Answers answers = new Answers(maxBytes);
        CopyBinaryDecoder decoder = new CopyBinaryDecoder(shape, asText);
        try {
            CopyOut copy = RawText.copyOut(session.jdbc(), sql);
            for (byte[] data = copy.readFromCopy(); data != null; data = copy.readFromCopy()) {
                decoder.data(data, 0, data.length, (relation, row) -> answers.add(row));
            }
        } finally {
            RawText.back(session.jdbc());
        }
        decoder.end();
        return answers.end(keys);
    }

    /** The rows that fit; those behind them are read to the end of the COPY, and left. */
    private static final class Answers {
        private final List<Optional<Fetched>> rows = new ArrayList<>();
        private final long maxBytes;
        private long bytes;

        Answers(long maxBytes) {
            this.maxBytes = maxBytes;
        }

        void add(Tuple row) {
            if (bytes < maxBytes) {
                fill(int32(row, 0));
                rows.add(Optional.of(fetched(row)));
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
    private static Fetched fetched(Tuple row) {
        int ours = 2;
        int length = 0;
        for (int i = ours; i < row.size(); i++) {
            length += row.length(i);
        }
        byte[] bytes = new byte[length];
        Tuple columns = new Tuple();
        columns.wrap(bytes, row.size() - ours);
        int end = 0;
        for (int i = ours; i < row.size(); i++) {
            ColumnState state = row.state(i);
            if (state == ColumnState.NULL) {
                continue;
            }
            System.arraycopy(row.buffer(), row.offset(i), bytes, end, row.length(i));
            columns.set(i - ours, state, end, row.length(i));
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
