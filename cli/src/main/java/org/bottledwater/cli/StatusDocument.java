package org.bottledwater.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.bottledwater.change.Lsn;
import org.bottledwater.cli.StatusCommand.Live;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.StatusReport;
import org.bottledwater.pipeline.StatusReport.TableCopy;
import org.bottledwater.pipeline.TableStatus.CopyState;

/** {@code status --json}: sizes in bytes, times in milliseconds since 1970, positions as PostgreSQL prints them. */
final class StatusDocument {
    private StatusDocument() {}

    static ObjectNode of(Settings settings, StatusReport report, Live live, int exitCode) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("exitCode", exitCode);
        json.put("activity", report.activity().name().toLowerCase(Locale.ROOT));
        json.put("source", Secrets.hide(settings.postgres().toString()));
        json.put("server", report.server());
        json.put("walLsn", Lsn.toString(report.walLsn()));
        json.put("lagBytes", report.lagBytes());
        json.put("retainedWalBytes", report.retainedBytes());
        report.slot()
                .ifPresent(slot -> json.putObject("slot")
                        .put("name", slot.name())
                        .put("plugin", slot.plugin())
                        .put("active", slot.active())
                        .put("activePid", slot.activePid())
                        .put("restartLsn", Lsn.toString(slot.restartLsn()))
                        .put("confirmedFlushLsn", Lsn.toString(slot.confirmedFlushLsn()))
                        .put("walStatus", slot.walStatus()));
        report.checkpoint()
                .ifPresent(checkpoint -> json.putObject("checkpoint")
                        .put("lsn", Lsn.toString(checkpoint.lsn()))
                        .put("snapshot", checkpoint.snapshot().name().toLowerCase(Locale.ROOT))
                        .put("writtenAt", report.writtenAt()));
        ArrayNode tables = json.putArray("tables");
        report.tables().forEach(table -> tables.add(table(table)));
        json.put("next", report.next());
        ArrayNode problems = json.putArray("problems");
        report.problems().forEach(problem -> {
            ArrayNode mend = problems.addObject()
                    .put("text", Secrets.hide(problem.text()))
                    .putArray("mend");
            problem.mend().forEach(line -> mend.add(Secrets.hide(line)));
        });
        live.status().ifPresent(status -> json.set("instance", status));
        if (!live.problem().isEmpty()) {
            json.put("instanceProblem", live.problem());
        }
        return json;
    }

    private static ObjectNode table(TableCopy table) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("table", table.table().toString())
                .put("copied", table.state() == CopyState.DONE)
                .put("blocks", table.blocks())
                .put("pages", table.pages())
                .put("rows", table.rows());
    }
}
