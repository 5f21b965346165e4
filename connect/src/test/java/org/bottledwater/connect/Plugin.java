package org.bottledwater.connect;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The plugin as it was packaged, unpacked once, and the jars of a worker. */
final class Plugin {
    private Plugin() {}

    /** A folder with the plugin in it. */
    static Path folder() {
        return Unpacked.FOLDER;
    }

    static String workerClassPath() {
        File[] jars = Objects.requireNonNull(new File(System.getProperty("worker")).listFiles());
        return Arrays.stream(jars).map(File::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static final class Unpacked {
        static final Path FOLDER = unpack(Path.of(System.getProperty("plugin")));

        private static Path unpack(Path zip) {
            try (InputStream in = Files.newInputStream(zip);
                    ZipInputStream entries = new ZipInputStream(in)) {
                Path folder = Files.createDirectories(zip.resolveSibling("plugins"));
                for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                    Path file = folder.resolve(entry.getName());
                    if (!entry.isDirectory()) {
                        Files.createDirectories(Objects.requireNonNull(file.getParent()));
                        Files.write(file, entries.readAllBytes());
                    }
                }
                return folder;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
