package org.bottledwater.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The package, unpacked where everybody may read and nobody write, beside a Java that can only run programs. */
final class Unpacked {
    private static final String NOBODY = "65534";

    /** What the program needs of Java; a JRE has more. */
    private static final String MODULES = "java.se,jdk.unsupported,jdk.httpserver,jdk.management,jdk.crypto.ec";

    final Path root;
    final Path elsewhere;
    private final Path programs;

    /** What a program said, and how it ended. */
    record Result(int code, String out, String err) {}

    private Unpacked(Path root, Path elsewhere, Path programs) {
        this.root = root;
        this.elsewhere = elsewhere;
        this.programs = programs;
    }

    static Unpacked in(Path folder) throws Exception {
        Path archive = Path.of(System.getProperty("package"));
        assertThat(archive).as("mvn package makes it").isRegularFile();
        open(folder);
        Path place = open(Files.createDirectory(folder.resolve("a folder")));
        Path elsewhere = open(Files.createDirectory(folder.resolve("elsewhere")));
        require(run(List.of("tar", "-xzf", archive.toString(), "-C", place.toString()), folder));
        try (var found = Files.list(place)) {
            return new Unpacked(found.findFirst().orElseThrow(), elsewhere, runtime(folder));
        }
    }

    private static Path open(Path folder) throws IOException {
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A folder with nothing but {@code java} in it: that of a small runtime, or a link to this one. */
    private static Path runtime(Path folder) throws Exception {
        Path home = Path.of(System.getProperty("java.home"));
        Path jlink = home.resolve("bin").resolve("jlink");
        if (Files.isExecutable(jlink) && Files.isDirectory(home.resolve("jmods"))) {
            Path made = folder.resolve("jre");
            require(run(
                    List.of(jlink.toString(), "--strip-debug", "--add-modules", MODULES, "--output", made.toString()),
                    folder));
            return made.resolve("bin");
        }
        System.out.println("Unpacked: there is no jlink, so the package is run with the whole JDK");
        Path bin = open(Files.createDirectory(folder.resolve("bin")));
        Files.createSymbolicLink(bin.resolve("java"), home.resolve("bin").resolve("java"));
        return bin;
    }

    private static void require(Result result) {
        assertThat(result.code()).as(result.out() + result.err()).isZero();
    }

    /** Starts the program in another folder; as another user too, if this one may do so. */
    Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        }
        command.add(root.resolve("bin").resolve("bottledwater").toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(elsewhere.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", programs + ":/usr/bin:/bin");
        return builder.start();
    }

    Result run(String... arguments) throws Exception {
        return result(start(arguments));
    }

    static Result run(List<String> command, Path folder) throws Exception {
        return result(new ProcessBuilder(command).directory(folder.toFile()).start());
    }

    private static Result result(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), out, err);
    }
}
