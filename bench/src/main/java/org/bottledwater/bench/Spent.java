package org.bottledwater.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** What processes spent since a moment. */
final class Spent {
    private final Map<String, Meter> meters;
    private final Map<String, Long> before = new LinkedHashMap<>();
    private final long begunAt = System.nanoTime();

    private Spent(Map<String, Meter> meters) {
        this.meters = meters;
        meters.forEach((name, meter) -> before.put(name, meter.cpuMillis()));
    }

    /** Of the servers and of this process, which is the reader. */
    static Spent begin(Stack stack) {
        Map<String, Meter> meters = new LinkedHashMap<>(stack.meters());
        meters.put("reader", Meter.of(ProcessHandle.current().pid()));
        return new Spent(meters);
    }

    /** Of the servers and of a tool. */
    static Spent begin(Stack stack, ToolProcess tool) {
        Map<String, Meter> meters = new LinkedHashMap<>(stack.meters());
        meters.put(Figures.TOOL, tool.meter());
        return new Spent(meters);
    }

    Map<String, Double> figures(long rows, long bytes) {
        double seconds = (System.nanoTime() - begunAt) / 1e9;
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(Figures.ROWS_PER_SECOND, rows / seconds);
        figures.put(Figures.MEGABYTES, bytes / seconds / 1e6);
        figures.putAll(cpu((double) rows, "row"));
        return figures;
    }

    /** Processor time of each, in microseconds for each of so many units. */
    Map<String, Double> cpu(double count, String unit) {
        Map<String, Double> figures = new LinkedHashMap<>();
        meters.forEach((name, meter) -> figures.put(
                Figures.cpu(name, unit), 1000.0 * (meter.cpuMillis() - before.getOrDefault(name, 0L)) / count));
        return figures;
    }
}
