package org.bottledwater.postgres;

import java.util.List;
import java.util.stream.IntStream;
import org.bottledwater.change.Column;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Type;

/**
 * Writes the query that finds rows by their keys. No type is named that people can make: to cast to a domain runs its CHECK, to a
 * range its canonical function, with the rights of this session.
 */
final class FetchQuery {
    private static final int FIRST_USER_OID = 16384;
    private static final int MONEY = 790;

    private final TableName table;
    private final List<Column> keys;
    private final List<String> operators;
    private final String filter;

    /** How a value of the key meets the column. */
    private enum Form {
        /** As a value of a type of the system. */
        CAST,
        /** As a literal without type, which the operator gives that of the column; without the domain, if it is one. */
        BARE,
        /** As text, compared with what the output function prints: no index helps. */
        TEXT
    }

    /**
     * @param table its name of now
     * @param keys the columns of the key, with their names of now
     * @param operators for each of them the equality of its index
     * @param filter a condition that the rows have to meet as well, or empty
     */
    FetchQuery(TableName table, List<Column> keys, List<String> operators, String filter) {
        this.table = table;
        this.keys = keys;
        this.operators = operators;
        this.filter = filter.isEmpty() ? "" : " AND (" + filter + ")";
    }

    /** The COPY of number and columns of the rows at these keys. */
    String copy(String columns, List<List<String>> rows) {
        boolean bare = keys.stream().anyMatch(key -> form(key.type()) == Form.BARE);
        return "COPY (" + (bare ? each(columns, rows) : together(columns, rows))
                + " ORDER BY 1) TO STDOUT (FORMAT binary)";
    }

    /** {@code SELECT k.n, t.* FROM (VALUES (0, 'a'::pg_catalog."text"), …) AS k(n, k0), LATERAL (SELECT …) AS t} */
    private String together(String columns, List<List<String>> rows) {
        StringBuilder sql = new StringBuilder("SELECT k.n, t.* FROM (VALUES ");
        for (int i = 0; i < rows.size(); i++) {
            sql.append(i == 0 ? "(" : ", (").append(i);
            for (int k = 0; k < keys.size(); k++) {
                sql.append(", ").append(value(k, rows.get(i).get(k)));
            }
            sql.append(')');
        }
        sql.append(") AS k(n");
        for (int k = 0; k < keys.size(); k++) {
            sql.append(", k").append(k);
        }
        return sql.append("), LATERAL (SELECT ")
                .append(columns)
                .append(" FROM ONLY ")
                .append(table.quoted())
                .append(" AS t WHERE ")
                .append(condition(
                        IntStream.range(0, keys.size()).mapToObj(k -> "k.k" + k).toList()))
                .append(filter)
                .append(") AS t")
                .toString();
    }

    /** {@code SELECT 0, … WHERE t.id = 'a' UNION ALL SELECT 1, …}: a literal has its type by what it stands beside. */
    private String each(String columns, List<List<String>> rows) {
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            List<String> row = rows.get(i);
            sql.append(i == 0 ? "" : " UNION ALL ")
                    .append("SELECT ")
                    .append(i)
                    .append(columns.isEmpty() ? "" : ", ")
                    .append(columns)
                    .append(" FROM ONLY ")
                    .append(table.quoted())
                    .append(" AS t WHERE ")
                    .append(condition(IntStream.range(0, keys.size())
                            .mapToObj(k -> value(k, row.get(k)))
                            .toList()))
                    .append(filter);
        }
        return sql.toString();
    }

    private String condition(List<String> values) {
        StringBuilder sql = new StringBuilder();
        for (int k = 0; k < keys.size(); k++) {
            Column key = keys.get(k);
            String column = "t." + Sessions.identifier(key.name());
            boolean text = form(key.type()) == Form.TEXT;
            sql.append(k == 0 ? "" : " AND ")
                    .append(text ? "pg_catalog.format('%s', " + column + ")" : column)
                    .append(' ')
                    .append(text ? "OPERATOR(pg_catalog.=)" : operators.get(k))
                    .append(' ')
                    .append(values.get(k));
        }
        return sql.toString();
    }

    private String value(int k, String value) {
        Type type = withoutDomain(keys.get(k).type());
        String literal = Sessions.literal(value);
        return switch (form(keys.get(k).type())) {
            case BARE -> literal;
            case TEXT -> literal + "::pg_catalog.text";
            // Money is read as the database's locale writes it, except from a numeric.
            case CAST ->
                literal + (type.oid() == MONEY ? "::pg_catalog.\"numeric\"" : "") + "::pg_catalog."
                        + Sessions.identifier(type.name());
        };
    }

    private static Form form(Type declared) {
        Type type = withoutDomain(declared);
        if (Integer.compareUnsigned(type.oid(), FIRST_USER_OID) < 0) {
            return Form.CAST;
        }
        Type part = type instanceof Type.Array array ? array.element() : type;
        boolean isDomain = declared instanceof Type.Domain;
        boolean runsNothing = part instanceof Type.Base || (part instanceof Type.Enumerated && !isDomain);
        return runsNothing ? Form.BARE : Form.TEXT;
    }

    private static Type withoutDomain(Type type) {
        Type base = type;
        while (base instanceof Type.Domain domain) {
            base = domain.base();
        }
        return base;
    }
}
