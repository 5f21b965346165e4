package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The dashboard that is packed: what it asks Prometheus for exists. */
final class Dashboard {
    private static final Path FILE = Path.of("..", "dist", "src", "main", "package", "grafana", "bottledwater.json");
    private static final Pattern METRIC = Pattern.compile("\\b(bottledwater|jvm|process)_[a-z_]+");
    private static final Pattern LABEL = Pattern.compile("[{,]([a-z]+)=|by \\(([a-z]+)\\)");

    private Dashboard() {}

    /** Every expression of it. */
    static List<String> expressions() throws Exception {
        JsonNode dashboard = new ObjectMapper().readTree(FILE.toFile());
        List<String> expressions = new ArrayList<>();
        dashboard
                .path("panels")
                .forEach(panel -> panel.path("targets")
                        .forEach(target -> expressions.add(target.path("expr").asText())));
        dashboard.path("templating").path("list").forEach(variable -> {
            if (variable.path("query").asText().startsWith("label_values")) {
                expressions.add(variable.path("query").asText());
            }
        });
        return expressions;
    }

    /** @param scraped what {@code /metrics} says */
    static void verify(String scraped) throws Exception {
        Set<String> known = new HashSet<>();
        scraped.lines().filter(line -> !line.startsWith("#")).forEach(line -> known.add(line.replaceAll("[ {].*", "")));
        Set<String> labels = new HashSet<>(Set.of("job", "instance"));
        Matcher label = Pattern.compile("[{,]([a-z]+)=").matcher(scraped);
        while (label.find()) {
            labels.add(label.group(1));
        }
        List<String> expressions = expressions();
        assertThat(expressions).hasSizeGreaterThan(10);
        for (String expression : expressions) {
            Matcher metric = METRIC.matcher(expression);
            assertThat(metric.find()).as(expression).isTrue();
            do {
                assertThat(known).as(expression).contains(metric.group());
            } while (metric.find());
            Matcher used = LABEL.matcher(expression);
            while (used.find()) {
                assertThat(labels).as(expression).contains(used.group(1) == null ? used.group(2) : used.group(1));
            }
        }
    }
}
