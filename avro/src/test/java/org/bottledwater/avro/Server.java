package org.bottledwater.avro;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.bottledwater.change.Type;
import org.bottledwater.sandbox.PostgresServer;
import org.postgresql.PGConnection;

/** A PostgreSQL that is asked what it says about values: its types, their binary and their text forms. */
final class Server implements AutoCloseable {
    private static final int COPY_HEADER_BYTES = 19;
    private static final List<String> SETTINGS =
            List.of("IntervalStyle = iso_8601", "TimeZone = 'UTC'", "extra_float_digits = 3", "bytea_output = hex");

    private final PostgresServer postgres;
    private final Connection connection;

    Server(String major) throws SQLException {
        postgres = PostgresServer.start(major);
        connection = DriverManager.getConnection(postgres.jdbcUrl("postgres"));
        for (String setting : SETTINGS) {
            execute("SET " + setting);
        }
    }

    int major() throws SQLException {
        return connection.getMetaData().getDatabaseMajorVersion();
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    boolean hasExtension(String name) throws SQLException {
        return !query("SELECT 1 FROM pg_available_extensions WHERE name = '" + name + "'")
                .isEmpty();
    }

    List<List<String>> query(String sql) throws SQLException {
        List<List<String>> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(String.valueOf(result.getString(i)));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    /** The values of the first column in their binary form, none of which is null. */
    List<byte[]> binary(String select) throws SQLException, IOException {
        ByteBuffer copy = ByteBuffer.wrap(copy("COPY (" + select + ") TO STDOUT (FORMAT binary)"));
        copy.position(COPY_HEADER_BYTES);
        List<byte[]> values = new ArrayList<>();
        while (copy.getShort() == 1) {
            byte[] value = new byte[copy.getInt()];
            copy.get(value);
            values.add(value);
        }
        return values;
    }

    /** The values of the first column in their text form: through COPY, since a cast to text is not always the same. */
    List<byte[]> text(String select) throws SQLException, IOException {
        List<byte[]> values = new ArrayList<>();
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        byte[] copy = copy("COPY (" + select + ") TO STDOUT");
        for (int i = 0; i < copy.length; i++) {
            if (copy[i] == '\n') {
                values.add(value.toByteArray());
                value.reset();
            } else if (copy[i] == '\\') {
                int at = "bfnrtv".indexOf(copy[++i]);
                value.write(at < 0 ? copy[i] : "\b\f\n\r\t\u000B".charAt(at));
            } else {
                value.write(copy[i]);
            }
        }
        return values;
    }

    private byte[] copy(String sql) throws SQLException, IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql, out);
        return out.toByteArray();
    }

    Type type(String oid) throws SQLException {
        List<String> row = query("SELECT t.typtype, n.nspname, t.typname, t.typelem, t.typlen, t.typbasetype,"
                        + " t.typtypmod, t.typrelid, coalesce(e.typdelim, ','), coalesce(r.rngsubtype, 0), t.typndims"
                        + " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type e ON e.oid = t.typelem"
                        + " LEFT JOIN pg_range r ON r.rngtypid = t.oid WHERE t.oid = " + oid)
                .get(0);
        int id = (int) Long.parseLong(oid);
        String schema = row.get(1);
        String name = row.get(2);
        return switch (row.get(0)) {
            case "e" -> new Type.Enumerated(id, schema, name, labels(oid));
            case "d" ->
                new Type.Domain(
                        id,
                        schema,
                        name,
                        type(row.get(5)),
                        Integer.parseInt(row.get(6)),
                        Integer.parseInt(row.get(10)));
            case "c" -> new Type.Composite(id, schema, name, fields(row.get(7)));
            case "r" -> new Type.Range(id, schema, name, type(row.get(9)));
            case "m" -> {
                String range = query("SELECT rngtypid FROM pg_range WHERE rngmultitypid = " + oid)
                        .get(0)
                        .get(0);
                yield new Type.Multirange(id, schema, name, (Type.Range) type(range));
            }
            default -> {
                boolean array = !row.get(3).equals("0") && row.get(4).equals("-1");
                yield array
                        ? new Type.Array(
                                id, schema, name, type(row.get(3)), row.get(8).charAt(0))
                        : new Type.Base(id, schema, name);
            }
        };
    }

    private List<String> labels(String oid) throws SQLException {
        return query("SELECT enumlabel FROM pg_enum WHERE enumtypid = " + oid + " ORDER BY enumsortorder").stream()
                .map(row -> row.get(0))
                .toList();
    }

    private List<Type.Field> fields(String relation) throws SQLException {
        List<Type.Field> fields = new ArrayList<>();
        for (List<String> row :
                query("SELECT attname, atttypid, atttypmod, attndims FROM pg_attribute WHERE attrelid = " + relation
                        + " AND attnum > 0 AND NOT attisdropped ORDER BY attnum")) {
            fields.add(new Type.Field(
                    row.get(0), type(row.get(1)), Integer.parseInt(row.get(2)), Integer.parseInt(row.get(3))));
        }
        return fields;
    }

    /** The column {@code v} of the table {@code t}. */
    Column1 column(TypeOptions options) throws SQLException {
        List<String> row = query("SELECT atttypid, atttypmod, attndims FROM pg_attribute WHERE attrelid = 't'::regclass"
                        + " AND attname = 'v'")
                .get(0);
        return new Column1(type(row.get(0)), Integer.parseInt(row.get(1)), Integer.parseInt(row.get(2)), options);
    }

    /** Whether the type of {@code t.v} has a binary form: ltree got one in PostgreSQL 13. */
    boolean sendsBinary() throws SQLException {
        return query("SELECT typsend <> 0 FROM pg_type t JOIN pg_attribute a ON a.atttypid = t.oid"
                        + " WHERE attrelid = 't'::regclass AND attname = 'v'")
                .get(0)
                .get(0)
                .equals("t");
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        postgres.close();
    }
}
