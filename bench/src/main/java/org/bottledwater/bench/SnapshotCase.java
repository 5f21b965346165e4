package org.bottledwater.bench;

import java.util.List;
import java.util.Map;

/** Copies a table that is there. */
record SnapshotCase(Shape shape, long rows) implements Case {
    @Override
    public String name() {
        return "snapshot, " + shape.name() + ", " + Counts.text(rows) + " rows";
    }

    @Override
    public boolean snapshot() {
        return true;
    }

    @Override
    public List<String> tables(String jobName) {
        return List.of(table());
    }

    private String table() {
        return "snapshot_" + shape.name() + "_" + rows;
    }

    @Override
    public void prepare(Bench bench) {
        String table = table();
        bench.stack()
                .sql(
                        shape.create(table),
                        shape.insert(table, "1", Long.toString(rows)),
                        // What a first reader would have to do for each row is done.
                        "VACUUM (FREEZE, ANALYZE) " + table,
                        "CHECKPOINT");
    }

    @Override
    public Map<String, Double> run(Bench bench, Tool tool, Job job) {
        bench.topics().create(tool.topic(job));
        return Watch.delivery(bench.stack(), bench.topics(), tool, job, 0, rows);
    }

    @Override
    public void clear(Bench bench) {
        bench.stack().sql("DROP TABLE " + table());
    }
}
