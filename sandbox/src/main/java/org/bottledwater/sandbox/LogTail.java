package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** What a server wrote to its log since it was last started. */
final class LogTail {

    private static final int LINES_MAX = 25;

    private LogTail() {}

    static String since(Path log, long offset) throws IOException {
        if (!Files.exists(log)) {
            return "";
        }
        try (InputStream in = Files.newInputStream(log)) {
            in.skipNBytes(offset);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The last lines, each indented, for the end of an error message. */
    static String of(Path log, long offset) {
        try {
            List<String> lines = since(log, offset).lines().toList();
            return lines.subList(Math.max(0, lines.size() - LINES_MAX), lines.size()).stream()
                    .map(line -> "  " + line)
                    .collect(Collectors.joining("\n", "its log ends with:\n", ""));
        } catch (IOException e) {
            return "its log could not be read: " + e.getMessage();
        }
    }
}
