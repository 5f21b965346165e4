package org.bottledwater.pipeline;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.bottledwater.sandbox.Waiting;
import org.jspecify.annotations.Nullable;

/** An application that writes without pause, in transactions of one to ten statements, some of them rolled back. */
final class Writing implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger commits = new AtomicInteger();
    private final CompletableFuture<@Nullable Void> ended;

    private Writing(TestBed bed, Function<Random, String> statements) {
        long seed = System.nanoTime();
        System.out.println("writing to " + bed.name + ": seed=" + seed);
        ended = CompletableFuture.runAsync(() -> write(bed, new Random(seed), statements));
    }

    static Writing to(TestBed bed, Function<Random, String> statements) {
        return new Writing(bed, statements);
    }

    /** Waits until so many transactions more are committed. */
    void awaitCommits(int more) {
        int before = commits.get();
        Waiting.until("the application has committed", () -> {
            if (ended.isDone()) {
                ended.join();
            }
            return commits.get() >= before + more;
        });
    }

    private void write(TestBed bed, Random random, Function<Random, String> statements) {
        try (Connection session = bed.connect();
                Statement statement = session.createStatement()) {
            session.setAutoCommit(false);
            while (!over.get()) {
                for (int i = random.nextInt(10); i >= 0; i--) {
                    statement.execute(statements.apply(random));
                }
                if (random.nextInt(10) == 0) {
                    session.rollback();
                } else {
                    session.commit();
                    commits.incrementAndGet();
                }
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        over.set(true);
        ended.join();
    }
}
