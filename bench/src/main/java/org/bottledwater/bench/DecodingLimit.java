package org.bottledwater.bench;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** What a walsender gives of inserts that were written before, read into nothing. */
record WalsenderLimit(Shape shape, long rows, long perTransaction) implements Case {
    @Override
    public String name() {
        return "limit: walsender into nothing, " + shape.name() + ", " + Counts.text(rows) + " inserts, "
                + Counts.text(perTransaction) + " per transaction";
    }

    @Override
    public boolean isLimit() {
        return true;
    }

    @Override
    public List<String> tables(String jobName) {
        return List.of("walsender_" + jobName);
    }

    @Override
    public Map<String, Double> run(Bench bench, Tool tool, Job job) {
        Stack stack = bench.stack();
        String table = job.table();
        stack.sql(
                shape.create(table),
                "CREATE PUBLICATION " + job.name() + " FOR TABLE " + table,
                "SELECT pg_create_logical_replication_slot('" + job.name() + "', 'pgoutput')",
                new BacklogCase(BacklogCase.Kind.INSERT, shape, rows, perTransaction).write(table),
                "CHECKPOINT");
        try {
            return read(stack, job.name());
        } finally {
            stack.sql(
                    "SELECT pg_drop_replication_slot('" + job.name() + "')",
                    "DROP PUBLICATION " + job.name(),
                    "DROP TABLE " + table);
        }
    }

    private Map<String, Double> read(Stack stack, String slot) {
        Map<String, String> replication =
                Map.of("replication", "database", "assumeMinServerVersion", "15", "preferQueryMode", "simple");
        LogSequenceNumber end = end(stack);
        Spent spent = Spent.begin(stack);
        long bytes = 0;
        try (Connection connection = stack.connect(replication)) {
            PGReplicationStream stream = connection
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .replicationStream()
                    .logical()
                    .withSlotName(slot)
                    .withSlotOption("proto_version", 1)
                    .withSlotOption("publication_names", slot)
                    .withSlotOption("binary", true)
                    .withStatusInterval(10, TimeUnit.SECONDS)
                    .start();
            while (stream.getLastReceiveLSN().asLong() < end.asLong()) {
                Optional<ByteBuffer> message = Optional.ofNullable(stream.readPending());
                bytes += message.map(ByteBuffer::remaining).orElse(0);
            }
            Map<String, Double> figures = spent.figures(rows, bytes);
            stream.close();
            return new LinkedHashMap<>(figures);
        } catch (SQLException e) {
            throw new BenchException("the walsender failed", e);
        }
    }

    private static LogSequenceNumber end(Stack stack) {
        try (Connection connection = stack.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_lsn()")) {
            row.next();
            return LogSequenceNumber.valueOf(row.getString(1));
        } catch (SQLException e) {
            throw new BenchException("no position", e);
        }
    }
}
