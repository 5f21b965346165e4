package org.bottledwater.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.data.category.DefaultCategoryDataset;

/** A bar chart for each of the figures that matter: medians, tool beside tool; the limits would dwarf them. */
final class Plots {
    private static final Map<String, String> PLOTS = new TreeMap<>(Map.of(
            "rows-per-second", Figures.ROWS_PER_SECOND,
            "cpu-per-row", Figures.cpu(Figures.TOOL),
            "memory", Figures.memory(Figures.TOOL),
            "first-message", Figures.FIRST_MESSAGE,
            "latency-p50", Figures.latency("p50"),
            "latency-p99", Figures.latency("p99"),
            "transactions", Figures.TRANSACTIONS));

    private static final int WIDTH = 1100;
    private static final int HEIGHT_PER_BAR = 26;
    private static final int HEIGHT_OF_REST = 140;

    private Plots() {}

    static void write(List<Result> results, Path folder) throws IOException {
        System.setProperty("java.awt.headless", "true");
        for (Map.Entry<String, String> plot : PLOTS.entrySet()) {
            write(results, plot.getValue(), folder.resolve(plot.getKey() + ".png"));
        }
    }

    private static void write(List<Result> results, String figure, Path file) throws IOException {
        DefaultCategoryDataset data = new DefaultCategoryDataset();
        for (Result result : results) {
            if (result.has(figure) && !result.tool().equals(Limit.NAME)) {
                data.setValue(median(results, result, figure), result.tool(), result.run());
            }
        }
        if (data.getRowCount() == 0) {
            return;
        }
        JFreeChart chart = ChartFactory.createBarChart(
                figure, null, null, data, PlotOrientation.HORIZONTAL, data.getRowCount() > 1, false, false);
        chart.getCategoryPlot().getDomainAxis().setMaximumCategoryLabelWidthRatio(0.5f);
        int bars = data.getRowCount() * data.getColumnCount();
        ChartUtils.saveChartAsPNG(file.toFile(), chart, WIDTH, HEIGHT_OF_REST + HEIGHT_PER_BAR * bars);
    }

    private static double median(List<Result> results, Result like, String figure) {
        return Spread.median(results.stream()
                .filter(result ->
                        result.run().equals(like.run()) && result.tool().equals(like.tool()) && result.has(figure))
                .map(result -> result.figure(figure))
                .toList());
    }
}
