package org.bottledwater.postgres;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
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
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Reads columns of a row by its key: the large values that an update left as they were, which the log does not repeat.
 * Connects when first asked. One thread at a time.
 */
public final class RowFetcher implements AutoCloseable {
    private static final Type XID = new Type.Base(28, "pg_catalog", "xid");

    private final PostgresAddress address;
    private @Nullable Postgres postgres;
    private @Nullable CopyQuery query;

    public RowFetcher(PostgresAddress address) {
        this.address = address;
    }

    /**
     * @param columns positions in the relation
     * @param keyLiterals the values of {@link Relation#keyColumns()} in text form, in that order
     * @param readsBinary types of which the bytes are to be in binary form; others come as text
     * @return nothing if there is no such row any more, or its table or a column is gone
     */
    public Optional<Fetched> fetch(
            Relation relation, List<Integer> columns, List<String> keyLiterals, Predicate<Type> readsBinary) {
        if (keyLiterals.size() != relation.keyColumns().size() || keyLiterals.isEmpty()) {
            throw new IllegalArgumentException("fetch: the key does not fit, table=" + relation + " columns="
                    + relation.keyColumns().size() + " values=" + keyLiterals.size());
        }
        List<Column> wanted = new ArrayList<>();
        wanted.add(new Column("xmin", XID, -1, "xid", 0, ""));
        columns.forEach(position -> wanted.add(relation.columns().get(position)));
        try {
            Postgres session = session();
            CopyQuery query = this.query == null ? new CopyQuery(session.jdbc()) : this.query;
            this.query = query;
            boolean[] asText = query.asText(wanted, readsBinary);
            asText[0] = false;
            String sql = "COPY (SELECT " + query.columns(wanted, asText) + " FROM ONLY "
                    + relation.name().quoted() + " WHERE " + condition(relation, keyLiterals)
                    + ") TO STDOUT (FORMAT binary)";
            Relation shape = new Relation(relation.oid(), relation.name(), relation.identity(), wanted, List.of(), "");
            return run(session, sql, new CopyBinaryDecoder(shape, asText));
        } catch (SQLException e) {
            if ("42P01".equals(e.getSQLState()) || "42703".equals(e.getSQLState())) {
                return Optional.empty();
            }
            close();
            throw SqlErrors.translate(e, "fetch: row cannot be read, table=" + relation);
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

    private static String condition(Relation relation, List<String> keyLiterals) {
        return IntStream.range(0, keyLiterals.size())
                .mapToObj(i -> {
                    Column column = relation.columns().get(relation.keyColumns().get(i));
                    return Sessions.identifier(column.name()) + " = " + Sessions.literal(keyLiterals.get(i)) + "::"
                            + column.declaredType();
                })
                .collect(Collectors.joining(" AND "));
    }

    private static Optional<Fetched> run(Postgres session, String sql, CopyBinaryDecoder decoder) throws SQLException {
        List<Fetched> rows = new ArrayList<>();
        CopyOut copy = session.jdbc().unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
        for (byte[] data = copy.readFromCopy(); data != null; data = copy.readFromCopy()) {
            decoder.data(data, 0, data.length, (relation, row) -> rows.add(fetched(row)));
        }
        decoder.end();
        return rows.stream().findFirst();
    }

    /** The decoder's tuple ends with the call, so the bytes are kept in an array of their own. */
    private static Fetched fetched(Tuple row) {
        int length = 0;
        for (int i = 1; i < row.size(); i++) {
            length += row.length(i);
        }
        byte[] bytes = new byte[length];
        Tuple columns = new Tuple();
        columns.wrap(bytes, row.size() - 1);
        int end = 0;
        for (int i = 1; i < row.size(); i++) {
            ColumnState state = row.state(i);
            if (state == ColumnState.NULL) {
                continue;
            }
            System.arraycopy(row.buffer(), row.offset(i), bytes, end, row.length(i));
            columns.set(i - 1, state, end, row.length(i));
            end += row.length(i);
        }
        long xmin = 0;
        for (int i = 0; i < 4; i++) {
            xmin = (xmin << 8) | (row.buffer()[row.offset(0) + i] & 0xFF);
        }
        return new Fetched(xmin, columns);
    }

    @Override
    public void close() {
        if (postgres != null) {
            postgres.close();
        }
        postgres = null;
        query = null;
    }
}
