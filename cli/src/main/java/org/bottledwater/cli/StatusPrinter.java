package org.bottledwater.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.bottledwater.change.Lsn;
import org.bottledwater.cli.StatusCommand.Live;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.pipeline.Amounts;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.StatusReport;
import org.bottledwater.pipeline.StatusReport.TableCopy;
import org.bottledwater.pipeline.TableStatus.CopyState;
import org.bottledwater.postgres.Slot;

/** A {@link StatusReport} for people: what matters most in the first line, a line for each thing that has a state. */
final class StatusPrinter {
    private static final int NAMED_TABLES = 20;

    private final PrintStream out;

    StatusPrinter(PrintStream out) {
        this.out = out;
    }

    void print(Settings settings, StatusReport report, Live live) {
        out.println(headline(report));
        String server = report.server().isEmpty()
                ? "does not say"
                : report.server() + ", its log ends at " + Lsn.toString(report.walLsn());
        line("PostgreSQL", settings.postgres() + ": " + server);
        line("slot", report.slot().map(slot -> slot(slot, report)).orElse(absent(report, settings.slot())));
        line(
                "checkpoint",
                report.checkpoint().map(found -> checkpoint(found, report)).orElse("none"));
        tables(report.tables());
        live.status().ifPresent(this::instance);
        if (!live.problem().isEmpty()) {
            line("instance", live.problem());
        }
        if (!report.next().isEmpty()) {
            line("next start", report.next());
        }
        report.problems().forEach(problem -> {
            out.println("  ✗ " + Secrets.hide(problem.text()));
            problem.mend().forEach(text -> out.println("      " + Secrets.hide(text)));
        });
    }

    private static String headline(StatusReport report) {
        return switch (report.activity()) {
            case STREAMING -> "An instance is running: it follows the changes.";
            case COPYING -> "An instance is running: it begins, or copies tables.";
            case NONE -> "No instance is running.";
            case UNKNOWN -> "Whether an instance is running is not known: the database does not say.";
        };
    }

    private void line(String what, String text) {
        out.println("  " + String.format(Locale.ROOT, "%-11s", what) + " " + Secrets.hide(text));
    }

    private static String absent(StatusReport report, String name) {
        return report.server().isEmpty() ? "not known" : "there is none called " + name;
    }

    private static String slot(Slot slot, StatusReport report) {
        String reader = slot.active() ? ", read by process " + slot.activePid() : ", read by nobody";
        String state = slot.walStatus().isEmpty() || slot.walStatus().equals("reserved") ? "" : ", " + slot.walStatus();
        return slot.name() + " (" + slot.plugin() + ")" + reader + state + "; the server keeps "
                + Amounts.bytes(report.retainedBytes()) + " of log for it";
    }

    private static String checkpoint(Checkpoint checkpoint, StatusReport report) {
        Duration age = Duration.ofMillis(Math.max(0, System.currentTimeMillis() - report.writtenAt()));
        String behind =
                report.server().isEmpty() ? "" : ", " + Amounts.bytes(report.lagBytes()) + " before the end of the log";
        return (checkpoint.lsn() == Lsn.INVALID ? "no position yet" : Lsn.toString(checkpoint.lsn()) + behind)
                + ", written " + Amounts.time(age) + " ago; "
                + snapshot(checkpoint.snapshot());
    }

    private static String snapshot(SnapshotState snapshot) {
        return switch (snapshot) {
            case NONE -> "without a snapshot";
            case WANTED -> "snapshot not begun";
            case COPYING -> "snapshot under way";
            case COMPLETE -> "snapshot complete";
        };
    }

    private void tables(List<TableCopy> tables) {
        List<TableCopy> open =
                tables.stream().filter(table -> table.state() != CopyState.DONE).toList();
        if (tables.isEmpty()) {
            return;
        }
        line("tables", (tables.size() - open.size()) + " of " + tables.size() + " are complete in Kafka");
        open.stream()
                .limit(NAMED_TABLES)
                .forEach(table -> line(
                        "", table.table() + ": " + copied(table) + ", about " + Amounts.count(table.rows()) + " rows"));
        if (open.size() > NAMED_TABLES) {
            line("", "and " + (open.size() - NAMED_TABLES) + " more");
        }
    }

    /** The server counts a table's blocks when it analyses it: there may be more of them by now. */
    private static String copied(TableCopy table) {
        return table.blocks() == 0
                ? "nothing yet"
                : table.blocks() * 100 / Math.max(table.blocks(), table.pages()) + " %";
    }

    private void instance(JsonNode status) {
        Duration since = Duration.ofMillis(
                Math.max(0, System.currentTimeMillis() - status.path("since").asLong()));
        String reason = status.path("reason").asText();
        line(
                "instance",
                status.path("phase").asText() + " for " + Amounts.time(since) + ", lag "
                        + Amounts.bytes(status.path("lagBytes").asLong()) + " and "
                        + Amounts.time(Duration.ofSeconds(
                                Math.round(status.path("lagSeconds").asDouble())))
                        + "; since its start "
                        + Amounts.count(status.path("messages").asLong()) + " messages ("
                        + Amounts.bytes(status.path("bytes").asLong()) + "), "
                        + Amounts.count(status.path("outages").asLong()) + " outages");
        if (!reason.isEmpty()) {
            line("", reason);
        }
    }
}
