package org.bottledwater.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** Runs a statement, which is a transaction, with the numbers 1 to {@code count}, at a steady rate over several connections. */
final class SteadyWriter {
    /** What one connection does without difficulty. */
    private static final int RATE_OF_CONNECTION = 700;

    private final Stack stack;
    private final String sql;
    private final int rate;
    private final int count;
    private final AtomicLongArray sentAt;
    private final List<Thread> threads = new ArrayList<>();
    private volatile @Nullable SQLException failure;
    private volatile long begunAt;
    private volatile long endedAt;

    SteadyWriter(Stack stack, String sql, int rate, int count) {
        this.stack = stack;
        this.sql = sql;
        this.rate = rate;
        this.count = count;
        this.sentAt = new AtomicLongArray(count + 1);
    }

    int count() {
        return count;
    }

    /** When the transaction was sent; 0 if it was not yet. */
    long sentAt(int number) {
        return sentAt.get(number);
    }

    void start() {
        int writers = 1 + rate / RATE_OF_CONNECTION;
        begunAt = System.nanoTime();
        for (int i = 0; i < writers; i++) {
            int first = i + 1;
            Thread thread = new Thread(() -> write(first, writers), "writer-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    private void write(int first, int step) {
        try (Connection connection = stack.connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int number = first; number <= count; number += step) {
                long due = begunAt + number * 1_000_000_000L / rate;
                long early = due - System.nanoTime();
                if (early > 0) {
                    Pause.of(Duration.ofNanos(early));
                }
                statement.setLong(1, number);
                sentAt.set(number, System.nanoTime());
                statement.execute();
            }
        } catch (SQLException e) {
            failure = e;
        }
    }

    void join() {
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
        endedAt = System.nanoTime();
        SQLException failed = failure;
        if (failed != null) {
            throw new BenchException("could not write", failed);
        }
    }

    double achievedRate() {
        return count / ((endedAt - begunAt) / 1e9);
    }
}
