package org.bottledwater.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks, some fifty times a second, how many messages are there and what each process has used, until all are there.
 * Nothing reads the messages meanwhile: that would cost what is measured.
 */
final class Watch {
    private static final Duration PERIOD = Duration.ofMillis(20);

    /** Marks of transactions count as messages, so that only silence tells that all are there. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    private static final Duration STALLED = Duration.ofSeconds(60);

    /** What was seen at a moment. */
    private record Sample(long nanos, long end, List<Long> cpuMillis) {}

    private final Topics topics;
    private final Map<String, Meter> meters;
    private final List<Sample> samples = new ArrayList<>();

    private Watch(Topics topics, Map<String, Meter> meters) {
        this.topics = topics;
        this.meters = meters;
    }

    /**
     * Starts the tool, returns when it has delivered, and stops it.
     *
     * @param before how many messages are in the topic already
     * @param expected how many come
     */
    static Map<String, Double> delivery(Stack stack, Topics topics, Tool tool, Job job, long before, long expected) {
        String topic = tool.topic(job);
        long offset = topics.end(topic);
        Map<String, Meter> meters = new LinkedHashMap<>(stack.meters());
        long started = System.nanoTime();
        List<Long> atStart = cpuMillis(meters);
        try (ToolProcess process = tool.start(stack, job)) {
            meters.put(Figures.TOOL, process.meter());
            Watch watch = new Watch(topics, meters);
            watch.run(process, topic, offset, expected);
            Topics.Content content = topics.content(topic);
            if (content.messages() != before + expected) {
                throw new BenchException("not what was expected: tool=" + tool.name() + " messages="
                        + (content.messages() - before) + " expected=" + expected);
            }
            return watch.figures(started, atStart, offset, expected, content.bytes());
        }
    }

    private void run(ToolProcess process, String topic, long from, long expected) {
        long changed = System.nanoTime();
        long end = from;
        while (end < from + expected || System.nanoTime() - changed < QUIET.toNanos()) {
            process.requireAlive();
            long now = topics.end(topic);
            if (now != end) {
                changed = System.nanoTime();
                end = now;
                samples.add(new Sample(changed, end, cpuMillis(meters)));
            } else if (System.nanoTime() - changed > STALLED.toNanos()) {
                throw new BenchException("nothing comes any more: topic=" + topic + " messages=" + (end - from)
                        + " expected=" + expected);
            }
            Pause.of(PERIOD);
        }
    }

    private Map<String, Double> figures(long started, List<Long> atStart, long from, long expected, long bytes) {
        Sample first = samples.get(0);
        Sample last = samples.get(samples.size() - 1);
        Sample half = samples.stream()
                .filter(sample -> sample.end() - from >= expected / 2)
                .findFirst()
                .orElse(last);
        double seconds = seconds(last.nanos() - started);
        double after = seconds(last.nanos() - first.nanos());
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(Figures.ROWS_PER_SECOND, expected / seconds);
        figures.put(Figures.FIRST_MESSAGE, seconds(first.nanos() - started));
        if (after > 0.2) {
            figures.put(Figures.RUNNING, (last.end() - first.end()) / after);
        }
        figures.put(Figures.MEGABYTES, bytes / seconds / 1e6);
        int i = 0;
        for (Map.Entry<String, Meter> meter : meters.entrySet()) {
            long before = i < atStart.size() ? atStart.get(i) : 0;
            figures.put(Figures.cpu(meter.getKey()), 1000.0 * (last.cpuMillis().get(i) - before) / expected);
            if (meter.getKey().equals(Figures.TOOL) && last.end() > half.end()) {
                figures.put(
                        Figures.CPU_WARM,
                        1000.0 * (last.cpuMillis().get(i) - half.cpuMillis().get(i)) / (last.end() - half.end()));
            }
            // A server with a process per connection shares most of its memory among them.
            if (!meter.getValue().isWithChildren()) {
                figures.put(Figures.memory(meter.getKey()), (double)
                        meter.getValue().peakMegabytes());
            }
            i++;
        }
        return figures;
    }

    private static List<Long> cpuMillis(Map<String, Meter> meters) {
        return meters.values().stream().map(Meter::cpuMillis).toList();
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }
}
