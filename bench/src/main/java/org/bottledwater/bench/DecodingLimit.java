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

/** What logical decoding gives of inserts that were written before, read into nothing. */
record DecodingLimit(Way way, Shape shape, long rows, long perTransaction) implements Case {
    /** How the changes come. */
    enum Way {
        WALSENDER("walsender") {
            @Override
            Connection connect(Stack stack) throws SQLException {
                return stack.connect(
                        Map.of("replication", "database", "assumeMinServerVersion", "15", "preferQueryMode", "simple"));
            }

            @Override
            long read(Connection connection, String slot, LogSequenceNumber end) throws SQLException {
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
                long bytes = 0;
                while (stream.getLastReceiveLSN().asLong() < end.asLong()) {
                    Optional<ByteBuffer> message = Optional.ofNullable(stream.readPending());
                    bytes += message.map(ByteBuffer::remaining).orElse(0);
                }
                return bytes;
            }
        },
        STRETCHES("stretches of the second gear") {
            @Override
            Connection connect(Stack stack) throws SQLException {
                return stack.connect();
            }

            @Override
            long read(Connection connection, String slot, LogSequenceNumber end) throws SQLException {
                long bytes = 0;
                try (Statement statement = connection.createStatement()) {
                    LogSequenceNumber from = position(
                            statement,
                            "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '" + slot + "'");
                    while (from.asLong() < end.asLong()) {
                        LogSequenceNumber to =
                                LogSequenceNumber.valueOf(Math.min(from.asLong() + STRETCH, end.asLong()));
                        bytes += CopyLimit.read(
                                connection,
                                "COPY (SELECT lsn, data FROM pg_logical_slot_peek_binary_changes('" + slot + "', '"
                                        + to.asString() + "', NULL, 'proto_version', '1', 'publication_names', '" + slot
                                        + "', 'binary', 'true')) TO STDOUT (FORMAT binary)");
                        statement.execute(
                                "SELECT pg_replication_slot_advance('" + slot + "', '" + to.asString() + "')");
                        from = to;
                    }
                }
                return bytes;
            }
        };

        /** Of the log, in bytes: as much as the second gear takes at once. */
        private static final long STRETCH = 64 << 20;

        private final String text;

        Way(String text) {
            this.text = text;
        }

        abstract Connection connect(Stack stack) throws SQLException;

        /** Returns how many bytes came until {@code end}. The connection is still there, so that its server's time can be counted. */
        abstract long read(Connection connection, String slot, LogSequenceNumber end) throws SQLException;
    }

    @Override
    public String name() {
        return "limit: " + way.text + " into nothing, " + shape.name() + ", " + Counts.text(rows) + " inserts, "
                + Counts.text(perTransaction) + " per transaction";
    }

    @Override
    public boolean isLimit() {
        return true;
    }

    @Override
    public List<String> tables(String jobName) {
        return List.of("decoding_" + jobName);
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
            LogSequenceNumber end = end(stack);
            Spent spent = Spent.begin(stack);
            try (Connection connection = way.connect(stack)) {
                long bytes = way.read(connection, job.name(), end);
                return new LinkedHashMap<>(spent.figures(rows, bytes));
            }
        } catch (SQLException e) {
            throw new BenchException("decoding failed", e);
        } finally {
            stack.sql(
                    "SELECT pg_drop_replication_slot('" + job.name() + "')",
                    "DROP PUBLICATION " + job.name(),
                    "DROP TABLE " + table);
        }
    }

    private static LogSequenceNumber end(Stack stack) throws SQLException {
        try (Connection connection = stack.connect();
                Statement statement = connection.createStatement()) {
            return position(statement, "SELECT pg_current_wal_lsn()");
        }
    }

    private static LogSequenceNumber position(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            row.next();
            return LogSequenceNumber.valueOf(row.getString(1));
        }
    }
}
