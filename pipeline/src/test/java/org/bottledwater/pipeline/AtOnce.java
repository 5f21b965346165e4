package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Runs several things of a test at the same time; closing it waits for all of them. */
final class AtOnce implements AutoCloseable {
    private final ExecutorService threads;
    private final List<CompletableFuture<Void>> running = new ArrayList<>();

    AtOnce(int most) {
        threads = Executors.newFixedThreadPool(most);
    }

    void run(Runnable what) {
        running.add(CompletableFuture.runAsync(what, threads));
    }

    @Override
    public void close() {
        try {
            running.forEach(CompletableFuture::join);
        } finally {
            threads.shutdownNow();
        }
    }
}
