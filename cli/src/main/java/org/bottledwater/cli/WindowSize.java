package org.bottledwater.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bottledwater.cli.progress.ProgressWatch.Size;
import sun.misc.Signal;

/** The size of the terminal: as the launcher found it, and after it was changed as {@code stty} says. Thread-safe. */
final class WindowSize {
    private static final Size USUAL = new Size(100, 24);

    private volatile Size size;

    WindowSize(Map<String, String> environment) {
        size = new Size(
                number(environment.getOrDefault("COLUMNS", ""), USUAL.columns()),
                number(environment.getOrDefault("LINES", ""), USUAL.lines()));
        try {
            Signal.handle(new Signal("WINCH"), signal -> ask());
        } catch (IllegalArgumentException e) {
            // This platform does not tell: it stays as it was.
        }
    }

    private static int number(String text, int otherwise) {
        return text.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(text) : otherwise;
    }

    Size get() {
        return size;
    }

    private void ask() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] words = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .strip()
                    .split(" ", -1);
            if (stty.waitFor(1, TimeUnit.SECONDS) && stty.exitValue() == 0 && words.length == 2) {
                size = new Size(number(words[1], USUAL.columns()), number(words[0], USUAL.lines()));
            }
        } catch (IOException e) {
            // There is no stty, or no terminal any more.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
