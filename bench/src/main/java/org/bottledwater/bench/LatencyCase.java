package org.bottledwater.bench;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long after a transaction was sent to PostgreSQL, commit included, a reader of committed messages has its row, while
 * transactions of one row come at a steady rate. What the insert itself takes is in it, some tenths of a millisecond.
 *
 * @param rate transactions per second
 */
record LatencyCase(int rate, int seconds) implements Case {
    private static final Shape SHAPE = Shape.TYPICAL;

    /** Until what is compiled at run time is compiled. */
    private static final int WARM_SECONDS = 10;

    @Override
    public String name() {
        return "live, typical, " + rate + " transactions/s";
    }

    @Override
    public List<String> tables(String jobName) {
        return List.of("live_" + jobName);
    }

    @Override
    public Map<String, Double> run(Bench bench, Tool tool, Job job) {
        Stack stack = bench.stack();
        stack.sql(SHAPE.create(job.table()));
        String topic = tool.topic(job);
        bench.topics().create(topic);
        int warm = WARM_SECONDS * rate;
        SteadyWriter writer = new SteadyWriter(stack, SHAPE.insertOne(job.table()), rate, warm + seconds * rate);
        try (ToolProcess process = tool.start(stack, job)) {
            Attachment.await(bench, SHAPE, tool, job, process);
            try (Arrivals arrivals = new Arrivals(bench.topics().consumer(topic), writer)) {
                writer.start();
                Pause.of(Duration.ofSeconds(WARM_SECONDS));
                Spent spent = Spent.begin(stack, process);
                writer.join();
                arrivals.awaitAll();
                Map<String, Double> figures = arrivals.latencies(warm);
                figures.put(Figures.TRANSACTIONS, writer.achievedRate());
                figures.putAll(spent.cpu((double) seconds * rate, "row"));
                figures.put(
                        Figures.memory(Figures.TOOL), (double) process.meter().peakMegabytes());
                return new LinkedHashMap<>(figures);
            }
        } finally {
            stack.sql("DROP TABLE " + job.table());
        }
    }
}
