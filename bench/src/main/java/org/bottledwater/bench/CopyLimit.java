package org.bottledwater.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** COPY in binary over one connection, read into nothing. */
record CopyLimit(Shape shape, long rows) implements Case {
    private static final String TABLE = "limit_copy";

    @Override
    public String name() {
        return "limit: COPY binary into nothing, " + shape.name() + ", " + Counts.text(rows) + " rows";
    }

    @Override
    public boolean isLimit() {
        return true;
    }

    @Override
    public List<String> tables(String jobName) {
        return List.of(TABLE);
    }

    @Override
    public void prepare(Bench bench) {
        bench.stack()
                .sql(
                        shape.create(TABLE),
                        shape.insert(TABLE, "1", Long.toString(rows)),
                        "VACUUM (FREEZE, ANALYZE) " + TABLE,
                        "CHECKPOINT");
    }

    @Override
    public Map<String, Double> run(Bench bench, Tool tool, Job job) {
        Spent spent = Spent.begin(bench.stack());
        try (Connection connection = bench.stack().connect()) {
            long bytes = read(connection, "COPY " + TABLE + " TO STDOUT (FORMAT binary)");
            return new LinkedHashMap<>(spent.figures(rows, bytes));
        } catch (SQLException e) {
            throw new BenchException("COPY failed", e);
        }
    }

    /** Returns how many bytes came. */
    static long read(Connection connection, String copy) throws SQLException {
        CopyOut rows = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(copy);
        long bytes = 0;
        byte[] row = rows.readFromCopy();
        while (row != null) {
            bytes += row.length;
            row = rows.readFromCopy();
        }
        return bytes;
    }

    @Override
    public void clear(Bench bench) {
        bench.stack().sql("DROP TABLE " + TABLE);
    }
}
