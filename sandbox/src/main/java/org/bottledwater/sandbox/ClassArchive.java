package org.bottledwater.sandbox;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The JVM's archive of a server's loaded classes (AppCDS), with which it starts in half the time. Recording one takes
 * several seconds, so it is done on request only.
 */
final class ClassArchive {

    /** The client compiler and the serial collector start fastest, and leave the second core to others. */
    private static final List<String> QUICK_START =
            List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xlog:disable", "-Xlog:all=error");

    private final Cache cache;
    private final String name;

    ClassArchive(Cache cache, String server) {
        this.cache = cache;
        this.name = server + "-java-" + Runtime.version() + ".jsa";
    }

    /** Options for a JVM that uses the archive if there is one. */
    List<String> options() {
        Path archive = cache.path(name);
        return Files.exists(archive) ? and("-XX:SharedArchiveFile=" + archive) : QUICK_START;
    }

    /** Records the archive unless it exists; {@code run} starts a server with the given options and stops it gently. */
    void record(Consumer<List<String>> run) {
        cache.once(name, target -> run.accept(and("-XX:ArchiveClassesAtExit=" + target)));
    }

    private static List<String> and(String option) {
        return Stream.concat(QUICK_START.stream(), Stream.of(option)).toList();
    }
}
