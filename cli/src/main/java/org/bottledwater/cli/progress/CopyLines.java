package org.bottledwater.cli.progress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bottledwater.cli.progress.Look.Copy;
import org.bottledwater.pipeline.Amounts;

/** A copy in the making: a bar for each table that is being read, and one for all. One thread at a time. */
final class CopyLines {
    private static final int SHORTEST_BAR = 8;
    private static final int LONGEST_BAR = 30;
    private static final int NAME = 28;
    private static final int AROUND_THE_BAR = NAME + 2;
    private static final String TOTAL = "snapshot";

    private final Map<String, Pace> paces = new HashMap<>();

    void add(Look look) {
        look.copies().stream()
                .filter(Copy::isMoving)
                .forEach(copy -> pace(copy.table()).add(look.nanos(), copy.rows(), copy.bytes()));
        pace(TOTAL).add(look.nanos(), look.copiedRows(), look.copiedBytes());
    }

    private Pace pace(String name) {
        return paces.computeIfAbsent(name, first -> new Pace());
    }

    /** A line without its bar; {@code total} is 0 if nobody knows it. */
    private record Row(String name, long rows, long total, String text) {}

    /** At most {@code height} lines of at most {@code width} characters; the last is that of the whole. */
    List<String> lines(Look look, int width, int height) {
        List<Copy> moving = look.copies().stream().filter(Copy::isMoving).toList();
        List<Row> rows = new ArrayList<>();
        for (Copy copy : moving.subList(0, Math.max(0, Math.min(moving.size(), height - 1)))) {
            long total = copy.expected() > 0 ? copy.total() : 0;
            rows.add(row(copy.table(), copy.rows(), total, pace(copy.table()), "", width));
        }
        String tables = look.copiesDone() + "/" + look.copies().size() + " tables";
        long total = look.isEstimated() ? look.rowsToCopy() : 0;
        rows.add(row(TOTAL, look.copiedRows(), total, pace(TOTAL), tables, width));
        int longest = rows.stream().mapToInt(row -> row.text().length()).max().orElse(0);
        int bar = Math.max(0, Math.min(LONGEST_BAR, width - AROUND_THE_BAR - longest));
        return rows.stream()
                .map(row -> name(row.name()) + " " + bar(row, bar) + " " + row.text())
                .map(line -> line.length() <= width ? line : line.substring(0, Math.max(0, width)))
                .toList();
    }

    /** What does not fit is left out from the right, the bar gets what is over. */
    private static Row row(String name, long rows, long total, Pace pace, String more, int width) {
        List<String> words = new ArrayList<>();
        words.add(total == 0 ? "    " : String.format(Locale.ROOT, "%3d%%", Math.min(99, rows * 100 / total)));
        words.add(total == 0 ? Amounts.count(rows) + " rows" : Amounts.count(rows) + " of " + Amounts.count(total));
        words.add(Amounts.count(Math.round(pace.rowsPerSecond())) + " rows/s");
        words.add(Amounts.bytes(Math.round(pace.bytesPerSecond())) + "/s");
        Duration left = pace.timeFor(total - rows);
        words.add(total == 0 || left.isNegative() ? "" : Amounts.time(left) + " left");
        words.add(more);
        words.removeIf(String::isEmpty);
        while (words.size() > 2
                && AROUND_THE_BAR + SHORTEST_BAR + String.join("  ", words).length() > width) {
            words.remove(words.size() - 1);
        }
        return new Row(name, rows, total, String.join("  ", words));
    }

    /** A long name is known by its end: the schema is in front. */
    private static String name(String name) {
        return name.length() <= NAME
                ? name + " ".repeat(NAME - name.length())
                : "…" + name.substring(name.length() - NAME + 1);
    }

    private static String bar(Row row, int width) {
        int full = row.total() == 0 ? 0 : (int) (Math.min(row.rows(), row.total()) * width / row.total());
        return "█".repeat(full) + "░".repeat(width - full);
    }

    /** The same in one sentence, for a log. */
    String sentence(Look look) {
        Pace pace = pace(TOTAL);
        String of = look.isEstimated() ? " of about " + Amounts.count(look.rowsToCopy()) : "";
        Duration left = pace.timeFor(look.rowsToCopy() - look.copiedRows());
        return "snapshot: " + look.copiesDone() + " of " + look.copies().size() + " tables, "
                + Amounts.count(look.copiedRows()) + of + " rows, "
                + Amounts.count(Math.round(pace.rowsPerSecond())) + " rows/s, "
                + Amounts.bytes(Math.round(pace.bytesPerSecond())) + "/s"
                + (look.isEstimated() && !left.isNegative() ? ", about " + Amounts.time(left) + " left" : "");
    }

    double rowsPerSecond() {
        return pace(TOTAL).rowsPerSecond();
    }
}
