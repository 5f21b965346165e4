package org.bottledwater.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The results as Markdown: for each case the median of each figure, its spread, and the ratio of the tools that ran in pairs. */
final class Table {
    private final List<Result> results;

    Table(List<Result> results) {
        this.results = results;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        Map<String, List<Result>> runs = new LinkedHashMap<>();
        results.forEach(result ->
                runs.computeIfAbsent(result.run(), name -> new ArrayList<>()).add(result));
        runs.forEach((name, ofRun) -> append(text, name, ofRun));
        return text.toString();
    }

    private static void append(StringBuilder text, String name, List<Result> ofRun) {
        List<String> tools = ofRun.stream().map(Result::tool).distinct().toList();
        text.append("\n### ").append(name).append("\n\n| |");
        tools.forEach(tool -> text.append(' ').append(tool).append(" |"));
        boolean pairs = tools.size() == 2;
        text.append(pairs ? " ratio |\n|---|" : "\n|---|").append("---|".repeat(tools.size() + (pairs ? 1 : 0)));
        text.append('\n');
        Set<String> figures = new LinkedHashSet<>();
        ofRun.forEach(result -> figures.addAll(result.figures().keySet()));
        for (String figure : figures) {
            text.append("| ").append(figure).append(" |");
            for (String tool : tools) {
                text.append(' ').append(median(ofRun, tool, figure)).append(" |");
            }
            if (pairs) {
                text.append(' ').append(ratio(ofRun, tools, figure)).append(" |");
            }
            text.append('\n');
        }
    }

    private static String median(List<Result> ofRun, String tool, String figure) {
        List<Double> values = ofRun.stream()
                .filter(result -> result.tool().equals(tool) && result.has(figure))
                .map(result -> result.figure(figure))
                .sorted()
                .toList();
        if (values.isEmpty()) {
            return "";
        }
        String median = number(Spread.median(values));
        return values.size() == 1
                ? median
                : median + " (" + number(values.get(0)) + "-" + number(values.get(values.size() - 1)) + ")";
    }

    /** The first tool's figure by that of the second, for each pair that ran one after the other; the median of those. */
    private static String ratio(List<Result> ofRun, List<String> tools, String figure) {
        Map<Integer, List<Result>> pairs =
                ofRun.stream().filter(result -> result.has(figure)).collect(Collectors.groupingBy(Result::repeat));
        List<Double> ratios = new ArrayList<>();
        for (List<Result> pair : pairs.values()) {
            if (pair.size() == 2) {
                int first = pair.get(0).tool().equals(tools.get(0)) ? 0 : 1;
                double divisor = pair.get(1 - first).figure(figure);
                if (divisor != 0) {
                    ratios.add(pair.get(first).figure(figure) / divisor);
                }
            }
        }
        return ratios.isEmpty() ? "" : String.format(Locale.ROOT, "%.2f", Spread.median(ratios));
    }

    static String number(double value) {
        if (Math.abs(value) >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(
                Locale.ROOT, Math.abs(value) >= 100 ? "%.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f", value);
    }
}
