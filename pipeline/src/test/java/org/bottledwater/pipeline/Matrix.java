package org.bottledwater.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Writes {@code target/version-matrix.md}, a table for each plugin: what was checked, and on which major it holds. */
final class Matrix implements AfterTestExecutionCallback {
    private static final Path FILE = Path.of("target", "version-matrix.md");
    private static final Map<String, Map<Way, String>> RESULTS = new LinkedHashMap<>();

    /** A test that has a way. */
    interface Checked {
        Way way();

        /** False where the version does not have what is tested. */
        default boolean applies() {
            return true;
        }
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        String method = context.getRequiredTestMethod().getName();
        String check = method.replaceFirst("^should", "")
                .replaceAll("(?<=.)(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT);
        Checked test = (Checked) context.getRequiredTestInstance();
        String result = context.getExecutionException().isPresent() ? "FAILED" : test.applies() ? "ok" : "–";
        synchronized (RESULTS) {
            RESULTS.computeIfAbsent(check, name -> new LinkedHashMap<>()).put(test.way(), result);
            write();
        }
    }

    private static void write() {
        StringBuilder page = new StringBuilder();
        for (PluginChoice plugin : new PluginChoice[] {PluginChoice.PGOUTPUT, PluginChoice.TEST_DECODING}) {
            Set<Way> ways = new LinkedHashSet<>();
            RESULTS.values().forEach(row -> ways.addAll(row.keySet()));
            ways.removeIf(way -> way.plugin() != plugin);
            page.append("| ").append(plugin.name().toLowerCase(Locale.ROOT)).append(" |");
            ways.forEach(way -> page.append(' ').append(way.major()).append(" |"));
            page.append("\n|---|").append("---|".repeat(ways.size())).append('\n');
            RESULTS.forEach((check, row) -> {
                page.append("| ").append(check).append(" |");
                ways.forEach(way ->
                        page.append(' ').append(row.getOrDefault(way, "")).append(" |"));
                page.append('\n');
            });
            page.append('\n');
        }
        try {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
