package org.bottledwater.sandbox;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the system, and short runs of any program. */
final class Programs {

    static final File NOTHING = new File("/dev/null");

    private static final List<String> FOLDERS = List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin");

    private Programs() {}

    static boolean exists(String name) {
        return FOLDERS.stream().anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Runs to the end and says what was printed if that end is not a good one. */
    static void run(String what, List<String> command, Path log, Duration limit) {
        int exitCode = exitCode(what, command, log, limit);
        if (exitCode != 0) {
            throw new SandboxException(what + ": failed, exitCode=" + exitCode + "\n" + LogTail.of(log, 0));
        }
    }

    static boolean succeeds(List<String> command) {
        return exitCode(command.get(0), command, NOTHING.toPath(), Duration.ofSeconds(10)) == 0;
    }

    private static int exitCode(String what, List<String> command, Path output, Duration limit) {
        try {
            Process process = new ProcessBuilder(command)
                    // Another user may not be allowed into the folder in which we were started.
                    .directory(new File("/"))
                    .redirectInput(NOTHING)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new SandboxException(what + ": took too long, limit=" + limit);
            }
            return process.exitValue();
        } catch (IOException e) {
            throw new UncheckedIOException(what + ": could not run, program=" + command.get(0), e);
        } catch (InterruptedException e) {
            throw Deadline.interrupted(e);
        }
    }
}
