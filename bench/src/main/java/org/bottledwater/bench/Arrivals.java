package org.bottledwater.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.WakeupException;

/** Notes how long after it was sent each transaction's row came. The row's number is its key. */
final class Arrivals implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A zero and the schema's id. */
    private static final int PREFIX = 5;

    private final Consumer<byte[], byte[]> consumer;
    private final SteadyWriter writer;
    private final long[] nanos;
    private final Thread thread;
    private volatile int arrived;

    Arrivals(Consumer<byte[], byte[]> consumer, SteadyWriter writer) {
        this.consumer = consumer;
        this.writer = writer;
        this.nanos = new long[writer.count() + 1];
        this.thread = new Thread(this::read, "arrivals");
        thread.start();
    }

    private void read() {
        int count = 0;
        try {
            while (count < writer.count()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    long number = number(record.key());
                    if (number > 0) {
                        nanos[(int) number] = System.nanoTime() - writer.sentAt((int) number);
                        count++;
                    }
                }
                arrived = count;
            }
        } catch (WakeupException e) {
            // It is over.
        }
    }

    /** Avro's long. */
    static long number(byte[] key) {
        long bits = 0;
        int shift = 0;
        for (int i = PREFIX; i < key.length; i++) {
            bits |= (long) (key[i] & 0x7f) << shift;
            shift += 7;
        }
        return bits >>> 1 ^ -(bits & 1);
    }

    void awaitAll() {
        try {
            thread.join(LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
        if (arrived < writer.count()) {
            throw new BenchException("rows are missing: arrived=" + arrived + " written=" + writer.count());
        }
    }

    /** Of what was sent after the first {@code warm}. */
    Map<String, Double> latencies(int warm) {
        long[] sorted = Arrays.copyOfRange(nanos, warm + 1, nanos.length);
        Arrays.sort(sorted);
        Map<String, Double> latencies = new LinkedHashMap<>();
        latencies.put(Figures.latency("p50"), millis(sorted, 0.5));
        latencies.put(Figures.latency("p99"), millis(sorted, 0.99));
        latencies.put(Figures.latency("p99.9"), millis(sorted, 0.999));
        return latencies;
    }

    private static double millis(long[] sorted, double part) {
        return sorted[(int) Math.min(sorted.length - 1L, Math.round(sorted.length * part))] / 1e6;
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        consumer.close();
    }
}
