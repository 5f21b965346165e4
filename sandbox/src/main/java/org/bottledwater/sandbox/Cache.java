package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Files that are made once and then shared by every process that uses the same folder. */
final class Cache {

    /** Makes the file or folder {@code target}, which does not exist yet. */
    interface Step {
        void make(Path target) throws IOException;
    }

    /** A file lock belongs to the whole JVM: its threads need a lock of their own. */
    private static final ConcurrentHashMap<Path, Object> THREAD_LOCKS = new ConcurrentHashMap<>();

    private static final Duration LOCK_LIMIT = Duration.ofMinutes(5);

    private final Path folder;

    Cache(Path folder) {
        this.folder = folder;
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    /** The path of {@code name}, made by {@code step} if no one has done so before. */
    Path once(String name, Step step) {
        Path target = path(name);
        if (Files.exists(target)) {
            return target;
        }
        synchronized (THREAD_LOCKS.computeIfAbsent(target, path -> new Object())) {
            try {
                Files.createDirectories(folder);
                makeLocked(target, step);
            } catch (IOException e) {
                throw new UncheckedIOException("sandbox: could not prepare, path=" + target, e);
            }
        }
        return target;
    }

    private void makeLocked(Path target, Step step) throws IOException {
        Path lockFile = folder.resolve(target.getFileName() + ".lock");
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel, lockFile)) {
            if (!lock.isValid() || Files.exists(target)) {
                return;
            }
            // What a killed process left half made is under this name, never under the final one.
            Path unfinished = folder.resolve(target.getFileName() + ".unfinished");
            delete(unfinished);
            step.make(unfinished);
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /**
     * The lock goes with the process that holds it. It is asked for again and again, since a system call that waits reports a
     * deadlock when two processes each hold one lock and wait for another on a different thread.
     */
    private static FileLock lock(FileChannel channel, Path lockFile) throws IOException {
        Deadline deadline = Deadline.after(LOCK_LIMIT);
        while (!deadline.passed()) {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
            deadline.pause();
        }
        throw new IOException("lock: another process holds it for too long, path=" + lockFile + " limit=" + LOCK_LIMIT);
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> walk = Files.walk(path)) {
            deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : deepestFirst) {
            Files.delete(each);
        }
    }
}
