package org.bottledwater.cli.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bottledwater.sandbox.KafkaBroker;

/** A small disk for the broker's topics, which can be filled up. It takes the right to mount one. */
final class Disk implements AutoCloseable {
    private static final String SIZE = "3g";

    private final Path folder;
    private final Optional<String> missing;

    private Disk(Path folder, Optional<String> missing) {
        this.folder = folder;
        this.missing = missing;
    }

    /** Moves the broker's data there, if it can be had. */
    static Disk under(KafkaBroker broker) throws IOException {
        Path data = broker.log().resolveSibling("data");
        if (!Boolean.getBoolean("chaos.disk")) {
            return new Disk(data, Optional.of("-Dchaos.disk=true mounts a small disk for the broker, as root"));
        }
        Path moved = data.resolveSibling("data-moved");
        if (!run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "bottledwater-test", create(moved))) {
            return new Disk(data, Optional.of("this user may not mount a small disk for the broker"));
        }
        run("umount", moved.toString());
        broker.stop();
        run("sh", "-c", "cp -a '" + data + "/.' '" + moved + "/'");
        run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "bottledwater-test", data.toString());
        run("sh", "-c", "cp -a '" + moved + "/.' '" + data + "/'");
        broker.restart();
        Disk disk = new Disk(data, Optional.empty());
        Runtime.getRuntime().addShutdownHook(new Thread(disk::close));
        return disk;
    }

    private static String create(Path folder) throws IOException {
        return Files.createDirectory(folder).toString();
    }

    /** Why it cannot be filled. */
    Optional<String> missing() {
        return missing;
    }

    /** Writes until no byte is left. */
    void fill() {
        byte[] block = new byte[1 << 20];
        try (OutputStream ballast = Files.newOutputStream(ballast())) {
            while (true) {
                ballast.write(block);
            }
        } catch (IOException e) {
            // Full.
        }
    }

    void empty() {
        try {
            Files.deleteIfExists(ballast());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path ballast() {
        return folder.resolve("ballast");
    }

    private static boolean run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        // Somebody may still have a file open; the space is free when the last has closed it.
        if (missing.isEmpty() && Files.exists(folder)) {
            run("umount", "-l", folder.toString());
        }
    }
}
