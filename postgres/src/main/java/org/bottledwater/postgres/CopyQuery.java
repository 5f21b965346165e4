package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bottledwater.change.Column;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Type;

/**
 * Writes the columns of a binary COPY. A type that is not read in binary is sent as its output function prints it, just
 * as the replication stream does: a cast to text would not do, it trims {@code char(n)} and spells booleans out.
 */
final class CopyQuery {
    private static final int FIRST_USER_OID = 16384;
    private static final int TSQUERY = 3615;
    private static final int TSQUERY_ARRAY = 3645;

    private final Connection connection;
    private final Map<Integer, String> outputFunctions = new HashMap<>();
    private final Map<Integer, Boolean> sendable = new HashMap<>();

    CopyQuery(Connection connection) {
        this.connection = connection;
    }

    /** Which columns have to come as text: we cannot read the type in binary, or the server cannot send it. */
    boolean[] asText(List<Column> columns, Predicate<Type> readsBinary) throws SQLException {
        Set<Integer> unknown = new HashSet<>();
        for (Column column : columns) {
            parts(column.type())
                    .map(Type::oid)
                    .filter(oid -> Integer.compareUnsigned(oid, FIRST_USER_OID) >= 0 && !sendable.containsKey(oid))
                    .forEach(unknown::add);
        }
        readSendable(unknown);
        boolean[] asText = new boolean[columns.size()];
        for (int i = 0; i < asText.length; i++) {
            Type type = columns.get(i).type();
            asText[i] = !readsBinary.test(type)
                    || parts(type).anyMatch(part -> !sendable.getOrDefault(part.oid(), true))
                    || (isTsquery(type) && printsTsqueryItsOwnWay());
        }
        return asText;
    }

    /** The type and everything that its values are made of. */
    private static Stream<Type> parts(Type type) {
        Stream<Type> inner = Stream.of();
        if (type instanceof Type.Array array) {
            inner = parts(array.element());
        } else if (type instanceof Type.Domain domain) {
            inner = parts(domain.base());
        } else if (type instanceof Type.Composite composite) {
            inner = composite.fields().stream().flatMap(field -> parts(field.type()));
        } else if (type instanceof Type.Range range) {
            inner = parts(range.subtype());
        } else if (type instanceof Type.Multirange multirange) {
            inner = parts(multirange.range());
        }
        return Stream.concat(Stream.of(type), inner);
    }

    private static boolean isTsquery(Type type) {
        return type.oid() == TSQUERY || type.oid() == TSQUERY_ARRAY;
    }

    /** Before 9.6 a tsquery has more parentheses in text form, so that what we make of the binary form is not that. */
    private boolean printsTsqueryItsOwnWay() throws SQLException {
        DatabaseMetaData server = connection.getMetaData();
        return server.getDatabaseMajorVersion() == 9 && server.getDatabaseMinorVersion() < 6;
    }

    /**
     * Types of extensions may have no send function: ltree before PostgreSQL 13. That of hstore gives the lengths that its
     * strings have in the database's encoding, even when they are sent in another.
     */
    private void readSendable(Set<Integer> oids) throws SQLException {
        if (oids.isEmpty()) {
            return;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT t.oid::int8, t.typsend <> 0 AND (t.typname <> 'hstore'"
                        + " OR current_setting('server_encoding') IN ('UTF8', 'SQL_ASCII'))"
                        + " FROM pg_type t WHERE t.oid IN (" + TypeLoader.list(oids) + ")")) {
            while (row.next()) {
                sendable.put((int) row.getLong(1), row.getBoolean(2));
            }
        }
    }

    /** The columns, separated by commas; nothing for a table without any. */
    String columns(List<Column> columns, boolean[] asText) throws SQLException {
        Set<Integer> unknown = new HashSet<>();
        for (int i = 0; i < asText.length; i++) {
            int oid = columns.get(i).type().oid();
            if (asText[i] && !outputFunctions.containsKey(oid)) {
                unknown.add(oid);
            }
        }
        readOutputFunctions(unknown);
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < asText.length; i++) {
            String column = Sessions.identifier(columns.get(i).name());
            sql.append(i == 0 ? "" : ", ");
            String function = outputFunctions.get(columns.get(i).type().oid());
            if (asText[i] && function != null) {
                sql.append("pg_catalog.textin(")
                        .append(function)
                        .append('(')
                        .append(column)
                        .append("))");
            } else {
                sql.append(column);
            }
        }
        return sql.toString();
    }

    private void readOutputFunctions(Set<Integer> oids) throws SQLException {
        if (oids.isEmpty()) {
            return;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT t.oid::int8, n.nspname, p.proname FROM pg_type t"
                        + " JOIN pg_proc p ON p.oid = t.typoutput JOIN pg_namespace n ON n.oid = p.pronamespace"
                        + " WHERE t.oid IN (" + TypeLoader.list(oids) + ")")) {
            while (row.next()) {
                outputFunctions.put((int) row.getLong(1), new TableName(row.getString(2), row.getString(3)).quoted());
            }
        }
    }
}
