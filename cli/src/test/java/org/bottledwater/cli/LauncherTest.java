package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher in a checkout of nothing, with a Maven and a Java that only write down how they were called. */
@Timeout(60)
class LauncherTest {
    private static final Path LAUNCHER =
            Path.of("..", "bottledwater").toAbsolutePath().normalize();
    private static final String BUILDING = "bottledwater: building (the first time takes a few minutes) …";

    private static final String MEMORY_LIMIT = "/sys/fs/cgroup/memory.max";

    @TempDir
    Path folder;

    private Path root;
    private Path programs;

    @BeforeEach
    void lay() throws IOException {
        assumeThat(LAUNCHER).as("run by Maven, in the folder of the module").exists();
        root = Files.createDirectories(folder.resolve("a check out"));
        programs = Files.createDirectories(folder.resolve("bin"));
        Files.copy(LAUNCHER, root.resolve("bottledwater"));
        assertThat(root.resolve("bottledwater").toFile().setExecutable(true)).isTrue();
        Files.createDirectories(root.resolve("cli/src/main/java"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.writeString(root.resolve("cli/src/main/java/Main.java"), "");
        program("mvn", "echo built >> built; sleep 0.2; : > cli/target/bottledwater.jar");
        program("java", "case $1 in -version) echo 'openjdk version \"17.0.1\"' >&2;; *) echo \"java $*\";; esac");
    }

    private void program(String name, String script) throws IOException {
        Path file = Files.writeString(programs.resolve(name), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(Path command, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().remove("JAVA_HOME");
        builder.environment().put("PATH", programs + ":/usr/bin:/bin");
        return builder.start();
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private List<String> run(Path command, String... arguments) throws IOException {
        return output(start(command, arguments)).lines().toList();
    }

    private int builds() throws IOException {
        Path built = root.resolve("built");
        return Files.exists(built) ? Files.readAllLines(built).size() : 0;
    }

    @Test
    void shouldBuildOnceAndThenStart() throws IOException {
        List<String> first = run(root.resolve("bottledwater"), "tail", "a b");
        List<String> second = run(root.resolve("bottledwater"), "tail", "a b");

        assertThat(first).hasSize(2).startsWith(BUILDING);
        assertThat(second)
                .singleElement()
                .asString()
                .startsWith("java -Xmx240m ")
                .endsWith(" -jar " + root.toRealPath() + "/cli/target/bottledwater.jar tail a b");
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void shouldBuildAgainWhenASourceIsNewer() throws IOException {
        run(root.resolve("bottledwater"));
        Files.setLastModifiedTime(
                root.resolve("cli/src/main/java/Main.java"),
                FileTime.from(Instant.now().plusSeconds(5)));

        assertThat(run(root.resolve("bottledwater"))).startsWith(BUILDING);
    }

    @Test
    void shouldFindItsFolderThroughLinks() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), root.resolve("bottledwater"));
        Path toLink = Files.createSymbolicLink(programs.resolve("bw"), Path.of("../link"));

        assertThat(run(link).get(1)).contains(root.toRealPath() + "/cli/target/bottledwater.jar");
        assertThat(run(toLink)).singleElement().asString().contains(root.toRealPath() + "/cli/target");
    }

    @Test
    void shouldBuildOnceForTwoThatStartTogether() throws IOException {
        Process one = start(root.resolve("bottledwater"));
        Process other = start(root.resolve("bottledwater"));

        assertThat(output(one) + output(other)).containsOnlyOnce(BUILDING).containsPattern("(?s)java .*java ");
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void shouldNotWaitForABuildThatWasKilled() throws Exception {
        Path lock = Files.createDirectories(root.resolve("cli/target/launcher.lock"));
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Files.writeString(lock.resolve("pid"), String.valueOf(gone.pid()));

        assertThat(run(root.resolve("bottledwater"))).hasSize(2).startsWith(BUILDING);
    }

    @Test
    void shouldTellHowFarALongBuildIs() throws IOException {
        program(
                "mvn",
                "echo '[INFO] Building Bottled Water :: kafka 0.1.0-SNAPSHOT        [5/8]'; sleep 11;"
                        + " : > cli/target/bottledwater.jar");

        assertThat(run(root.resolve("bottledwater")))
                .hasSize(3)
                .startsWith(BUILDING, "bottledwater: building for 10 s, kafka (5/8) …");
    }

    @Test
    void shouldShowWhatMavenSaysWhenTheBuildFails() throws Exception {
        program("mvn", "echo '[INFO] scanning'; echo '[ERROR] no such thing'; exit 1");
        Process process = start(root.resolve("bottledwater"));

        assertThat(output(process))
                .isEqualTo(BUILDING + "\n[ERROR] no such thing\n"
                        + "bottledwater: the build failed; the above is what Maven says, " + root.toRealPath()
                        + "/cli/target/launcher.log has all of it\n");
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(root.resolve("cli/target/launcher.lock")).doesNotExist();
    }

    @Test
    void shouldRefuseAnOldJava() throws Exception {
        program("java", "echo 'openjdk version \"1.8.0_412\"' >&2");
        Process process = start(root.resolve("bottledwater"));

        assertThat(output(process))
                .isEqualTo("bottledwater: Java 17 or later is needed: " + programs + "/java is 1.8.0_412\n");
        assertThat(process.waitFor()).isEqualTo(1);
    }

    /** A Java that only writes an empty archive when it is asked for one, and otherwise says how it was called. */
    private void layArchive() throws IOException {
        Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"");
        Files.writeString(
                java,
                "#!/bin/sh\ncase \"$*\" in -version) echo 'openjdk version \"17.0.1\"' >&2;;"
                        + " *-Xshare:dump*) for word; do case $word in -XX:SharedArchiveFile=*) echo made >> '"
                        + root.resolve("dumps") + "'; : > \"${word#*=}\";; esac; done;; *) echo \"java $*\";; esac\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.deleteIfExists(programs.resolve("java"));
        Files.createSymbolicLink(programs.resolve("java"), java);
        Path launcher = Files.createDirectories(root.resolve("cli/src/main/launcher"));
        String script = Files.readString(LAUNCHER.resolveSibling("cli/src/main/launcher/archive.sh"));
        assertThat(script).contains(MEMORY_LIMIT);
        Files.writeString(launcher.resolve("archive.sh"), script.replace(MEMORY_LIMIT, "'" + limit() + "'"));
        Files.writeString(launcher.resolve("classes.txt"), "java/lang/Object\n");
    }

    private Path limit() {
        return folder.resolve("memory.max");
    }

    private int dumps() throws IOException {
        Path dumps = root.resolve("dumps");
        return Files.exists(dumps) ? Files.readAllLines(dumps).size() : 0;
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("cli/target"))) {
            return files.filter(file -> file.getFileName().toString().matches("classes-.*[.]jsa"))
                    .toList();
        }
    }

    @Test
    void shouldMakeAnArchiveOfClassesWhenItBuildsAndStartFromIt() throws Exception {
        layArchive();

        List<String> first = run(root.resolve("bottledwater"), "tail");
        List<String> second = run(root.resolve("bottledwater"), "tail");

        assertThat(archives()).hasSize(1);
        String option = " -XX:SharedArchiveFile="
                + root.toRealPath()
                        .resolve("cli/target")
                        .resolve(archives().get(0).getFileName()) + " ";
        assertThat(first).hasSize(2).startsWith(BUILDING);
        assertThat(first.get(1)).contains(option);
        assertThat(second).singleElement().asString().contains(option, " -Xlog:cds*=off ");
        assertThat(dumps()).isEqualTo(1);
    }

    @Test
    void shouldMakeItBesideARunThatLasts() throws Exception {
        layArchive();
        run(root.resolve("bottledwater"));
        Files.delete(archives().get(0));
        // The twenty seconds that it waits are over at once; the run, which has Java's real sleep, is still there.
        program("sleep", "exit 0");
        Path java = folder.resolve("jdk/bin/java");
        Files.writeString(
                java,
                Files.readString(java)
                        .replace(
                                "*) echo \"java $*\"",
                                "*) while [ ! -e '" + root.resolve("end") + "' ]; do /bin/sleep 0.05; done"));
        Process process = start(root.resolve("bottledwater"), "tail");
        try {
            Waiting.until("it is made", () -> archives().size() == 1);
        } finally {
            Files.createFile(root.resolve("end"));
        }

        assertThat(process.waitFor()).isZero();
        assertThat(dumps()).isEqualTo(2);
        assertThat(archives()).hasSize(1);
    }

    @Test
    void shouldMakeNoneForARunThatIsOver() throws Exception {
        layArchive();
        run(root.resolve("bottledwater"));
        Files.delete(archives().get(0));
        program(
                "sleep",
                "while [ ! -e '" + root.resolve("over") + "' ]; do /bin/sleep 0.05; done; echo $PPID > '"
                        + root.resolve("slept") + "'");

        run(root.resolve("bottledwater"), "--version");
        Files.createFile(root.resolve("over"));
        Path slept = root.resolve("slept");
        Waiting.until(
                "whoever would make it is gone",
                () -> ProcessHandle.of(Long.parseLong(Files.readString(slept).strip()))
                        .isEmpty());

        assertThat(dumps()).isEqualTo(1);
        assertThat(archives()).isEmpty();
    }

    /** A container has no memory to spare for a second Java. */
    @Test
    void shouldMakeNoneBesideARunWhereMemoryIsRationed() throws Exception {
        layArchive();
        run(root.resolve("bottledwater"));
        Files.delete(archives().get(0));
        program("sleep", ": > '" + root.resolve("slept") + "'");
        Files.writeString(limit(), "536870912\n");

        assertThat(run(root.resolve("bottledwater"))).singleElement().asString().startsWith("java ");
        assertThat(root.resolve("slept")).doesNotExist();

        Files.writeString(limit(), "max\n");
        run(root.resolve("bottledwater"));
        Waiting.until("it would be made", () -> Files.exists(root.resolve("slept")));
    }

    @Test
    void shouldNotStartAnotherJavaFromIt() throws Exception {
        layArchive();
        run(root.resolve("bottledwater"));
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.2\"");

        assertThat(run(root.resolve("bottledwater")))
                .singleElement()
                .asString()
                .startsWith("java ")
                .doesNotContain("SharedArchiveFile");
    }

    @Test
    void shouldStartWithoutAnArchiveWhereThereIsNoPlaceForIt() throws Exception {
        layArchive();
        run(root.resolve("bottledwater"));
        Process process = start(
                Path.of("/usr/bin/env"),
                "BOTTLEDWATER_CACHE=",
                root.resolve("bottledwater").toString());

        assertThat(output(process)).startsWith("java ").doesNotContain("SharedArchiveFile");
    }
}
