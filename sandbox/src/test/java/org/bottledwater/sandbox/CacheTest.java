package org.bottledwater.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {

    @TempDir
    Path folder = Path.of("");

    @Test
    void shouldMakeOnceForManyThreads() {
        Cache cache = new Cache(folder);
        AtomicInteger made = new AtomicInteger();
        Cache.Step step = target -> {
            made.incrementAndGet();
            Files.writeString(target, "whole");
        };

        CompletableFuture<?>[] threads = Stream.generate(
                        () -> CompletableFuture.supplyAsync(() -> cache.once("file", step)))
                .limit(8)
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(threads).join();

        assertThat(made).hasValue(1);
        assertThat(folder.resolve("file")).hasContent("whole");
    }

    @Test
    void shouldBeginAgainWhereAnotherWasKilled() throws IOException {
        Path unfinished = Files.createDirectories(folder.resolve("programs.unfinished"));
        Files.writeString(unfinished.resolve("half"), "ha");

        Path made = new Cache(folder).once("programs", Files::createDirectory);

        assertThat(made).isEmptyDirectory();
        assertThat(unfinished).doesNotExist();
    }

    @Test
    void shouldNotKeepWhatFailed() {
        Cache cache = new Cache(folder);

        assertThatThrownBy(() -> cache.once("file", target -> {
                    Files.writeString(target, "half");
                    throw new IOException("disk full");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("sandbox: could not prepare, path=" + folder.resolve("file"))
                .hasRootCauseMessage("disk full");

        assertThat(folder.resolve("file")).doesNotExist();
        assertThat(cache.once("file", target -> Files.writeString(target, "whole")))
                .hasContent("whole");
    }
}
