package org.bottledwater.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bottledwater.dist.Unpacked.Result;
import org.bottledwater.sandbox.PostgresServer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The archive of classes that a package's launcher has made, under Java's flight recorder, with which it has crashed. */
@Timeout(180)
class ClassArchiveTest {
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final Pattern VERSIONED_CLASS = Pattern.compile("META-INF/versions/[0-9]+/(.*)\\.class");

    @TempDir
    static Path folder;

    private static Path lib;
    private static Path classes;

    @BeforeAll
    static void unpack() throws Exception {
        Unpacked unpacked = Unpacked.in(folder);
        // Java 17 takes nothing from an archive of classes in a folder with a space in its name, which the package is
        // in.
        lib = Files.createDirectory(folder.resolve("lib"));
        try (Stream<Path> jars = Files.list(unpacked.root.resolve("lib"))) {
            for (Path jar : jars.toList()) {
                Files.copy(jar, lib.resolve(jar.getFileName()));
            }
        }
        classes = unpacked.root.resolve("launcher").resolve("classes.txt");
    }

    /** Java reads a class again for whoever profiles it, and looks where the jar has that for all Javas. */
    @Test
    void shouldHoldNothingThatJarsHaveForLaterJavas() throws IOException {
        Set<String> versioned = new TreeSet<>();
        try (Stream<Path> jars = Files.list(lib)) {
            for (Path jar : jars.toList()) {
                try (JarFile file = new JarFile(jar.toFile())) {
                    file.stream()
                            .map(entry -> VERSIONED_CLASS.matcher(entry.getName()))
                            .filter(Matcher::matches)
                            .forEach(found -> versioned.add(found.group(1)));
                }
            }
        }
        assertThat(versioned).contains("org/postgresql/util/LazyCleanerImpl$CleanableWrapper");

        Set<String> listed = Files.readAllLines(classes).stream()
                .map(line -> line.replaceFirst("^@lambda-proxy ", "").replaceFirst(" .*", ""))
                .collect(Collectors.toSet());

        assertThat(listed).contains("org/bottledwater/cli/Main").doesNotContainAnyElementsOf(versioned);
    }

    @Test
    void shouldBearAFlightRecorder() throws Exception {
        Path archive = folder.resolve("classes.jsa");
        Result made = java(
                "-Xshare:dump",
                "-XX:+UseG1GC",
                "-XX:SharedClassListFile=" + classes,
                "-XX:SharedArchiveFile=" + archive);
        assertThat(made.code()).as(made.out() + made.err()).isZero();
        Path recording = folder.resolve("recording.jfr");
        try (PostgresServer postgres = PostgresServer.start("18")) {
            Result checked = java(
                    "-XX:+UseSerialGC",
                    "-Xshare:on",
                    "-XX:SharedArchiveFile=" + archive,
                    "-XX:StartFlightRecording=filename=" + recording,
                    "org.bottledwater.cli.Main",
                    "check",
                    "--postgres=" + postgres.uri("postgres"),
                    "--broker=127.0.0.1:1");

            assertThat(checked.code()).as(checked.out() + checked.err()).isEqualTo(1);
            assertThat(checked.out()).contains("PostgreSQL 18");
        }
        assertThat(recording).isNotEmptyFile();
    }

    private static Result java(String... arguments) throws Exception {
        List<String> command = Stream.concat(
                        Stream.of(JAVA.toString(), "-Xmx256m", "-cp", lib + "/*"), Stream.of(arguments))
                .toList();
        return Unpacked.run(command, folder);
    }
}
