package org.bottledwater.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the results; says each as it comes, and writes table, JSON and plots at the end. */
final class Report {
    private final Path folder;
    private final Plan plan;
    private final List<Result> results = new ArrayList<>();

    Report(Path folder, Plan plan) {
        this.folder = folder;
        this.plan = plan;
    }

    String text() {
        return new Table(results).text();
    }

    void add(Result result) {
        results.add(result);
        System.out.println(result.run() + " | " + result.tool() + " | " + result.repeat());
        result.figures().forEach((name, value) -> System.out.println("    " + name + ": " + Table.number(value)));
    }

    /** What there is so far. It is written after each case, so that a session that is cut short leaves something. */
    void write() throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("results.md"), text());
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("plan", plan);
        all.put("machine", Machine.describe());
        all.put("results", results);
        new ObjectMapper()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValue(folder.resolve("results.json").toFile(), all);
        Plots.write(results, folder);
    }
}
