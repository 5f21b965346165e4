package org.bottledwater.bench;

import java.util.List;
import java.util.Map;

/**
 * Delivers what was written while the tool was not running.
 *
 * @param perTransaction how many rows a transaction writes
 */
record BacklogCase(Kind kind, Shape shape, long rows, long perTransaction) implements Case {
    enum Kind {
        INSERT("inserts"),
        UPDATE("updates"),
        DELETE("deletes");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    @Override
    public String name() {
        return "backlog, " + shape.name() + ", " + Counts.text(rows) + " " + kind.label
                + (perTransaction >= rows
                        ? " in one transaction"
                        : ", " + Counts.text(perTransaction) + " per transaction");
    }

    @Override
    public List<String> tables(String jobName) {
        return List.of("backlog_" + jobName);
    }

    @Override
    public Map<String, Double> run(Bench bench, Tool tool, Job job) {
        Stack stack = bench.stack();
        String table = job.table();
        stack.sql(shape.create(table));
        if (kind != Kind.INSERT) {
            stack.sql(shape.insert(table, "1", Long.toString(rows)), "VACUUM (FREEZE, ANALYZE) " + table);
        }
        bench.topics().create(tool.topic(job));
        long before = Attachment.once(bench, shape, tool, job);
        stack.sql(write(table), "CHECKPOINT");
        try {
            return Watch.delivery(stack, bench.topics(), tool, job, before, rows);
        } finally {
            stack.sql("DROP TABLE " + table);
        }
    }

    /** The statement that writes it. */
    String write(String table) {
        String one = switch (kind) {
            case INSERT -> shape.insert(table, "i", "i + " + (perTransaction - 1));
            case UPDATE -> "UPDATE " + table + " SET " + shape.update() + where();
            case DELETE -> "DELETE FROM " + table + where();
        };
        return "DO $$ BEGIN FOR i IN 1.." + rows + " BY " + perTransaction + " LOOP " + one
                + "; COMMIT; END LOOP; END $$";
    }

    private String where() {
        return " WHERE id BETWEEN i AND i + " + (perTransaction - 1);
    }
}
