package org.bottledwater.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** What was spent since a moment, by the servers and by this process, which is the reader. */
final class Spent {
    private final Map<String, Meter> meters;
    private final Map<String, Long> before = new LinkedHashMap<>();
    private final long begunAt = System.nanoTime();

    private Spent(Map<String, Meter> meters) {
        this.meters = meters;
        meters.forEach((name, meter) -> before.put(name, meter.cpuMillis()));
    }

    static Spent begin(Stack stack) {
        Map<String, Meter> meters = new LinkedHashMap<>(stack.meters());
        meters.put("reader", Meter.of(ProcessHandle.current().pid()));
        return new Spent(meters);
    }

    Map<String, Double> figures(long rows, long bytes) {
        double seconds = (System.nanoTime() - begunAt) / 1e9;
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(Figures.ROWS_PER_SECOND, rows / seconds);
        figures.put(Figures.MEGABYTES, bytes / seconds / 1e6);
        meters.forEach((name, meter) ->
                figures.put(Figures.cpu(name), 1000.0 * (meter.cpuMillis() - before.getOrDefault(name, 0L)) / rows));
        return figures;
    }
}
