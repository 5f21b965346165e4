package org.bottledwater.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the tool's work beside it costs an application: the transactions per second of pgbench's script, without and with it. */
record LoadCase(int clients, int seconds) implements Case {
    private static final int WARM_SECONDS = 3;
    private static final Shape PROBE = Shape.NARROW;

    @Override
    public String name() {
        return "pgbench's transaction from " + clients + (clients == 1 ? " client" : " clients") + " beside it";
    }

    /** The first tells that the tool is attached. */
    @Override
    public List<String> tables(String jobName) {
        return List.of(
                "probe_" + jobName, "pgbench_accounts", "pgbench_tellers", "pgbench_branches", "pgbench_history");
    }

    @Override
    public void prepare(Bench bench) {
        bench.stack().sql(TpcB.TABLES.toArray(String[]::new));
    }

    @Override
    public Map<String, Double> run(Bench bench, Tool tool, Job job) {
        Stack stack = bench.stack();
        stack.sql(PROBE.create(job.table()));
        bench.topics().create(tool.topic(job));
        TpcB.run(stack, clients, WARM_SECONDS);
        double alone = TpcB.run(stack, clients, seconds);
        try (ToolProcess process = tool.start(stack, job)) {
            Attachment.await(bench, PROBE, tool, job, process);
            TpcB.run(stack, clients, WARM_SECONDS);
            Spent spent = Spent.begin(stack, process);
            double beside = TpcB.run(stack, clients, seconds);
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("without capture, transactions/s", alone);
            figures.put(Figures.TRANSACTIONS, beside);
            figures.put("loss, %", 100 * (1 - beside / alone));
            figures.putAll(spent.cpu(beside * seconds, "transaction"));
            figures.put(Figures.memory(Figures.TOOL), (double) process.meter().peakMegabytes());
            return figures;
        } finally {
            stack.sql("DROP TABLE " + job.table());
        }
    }

    @Override
    public void clear(Bench bench) {
        bench.stack().sql("DROP TABLE pgbench_accounts, pgbench_tellers, pgbench_branches, pgbench_history");
    }
}
