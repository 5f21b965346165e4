package org.bottledwater.cli.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.bottledwater.change.Lsn;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.TableStatus;
import org.bottledwater.pipeline.TableStatus.CopyState;

/** {@code /api/status}: sizes in bytes, times in milliseconds since 1970, positions as PostgreSQL prints them. */
final class StatusJson {
    private StatusJson() {}

    static ObjectNode of(About about, RunStatus status, String reason, List<History.Sample> samples) {
        History.Sample now = History.now(status);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", about.version());
        json.put("source", about.source());
        json.put("broker", about.broker());
        json.put("slot", about.slot());
        json.put("phase", status.state().phase().name().toLowerCase(Locale.ROOT));
        json.put("reason", reason);
        json.put("since", status.state().since());
        json.put("startedAt", status.startedAt());
        json.put("safeLsn", Lsn.toString(status.safeLsn()));
        json.put("walLsn", Lsn.toString(status.slot().walLsn()));
        json.put("lagBytes", now.lagBytes());
        json.put("lagSeconds", now.lagSeconds());
        json.put("deliveredAt", status.deliveredAt());
        json.put("retainedWalBytes", status.slot().retainedBytes());
        json.put("bytesInFlight", status.bytesInFlight());
        json.put("messages", now.messages());
        json.put("bytes", now.bytes());
        json.put("outages", status.outages());
        json.put("dropped", status.dropped());
        ArrayNode tables = json.putArray("tables");
        status.tables().forEach(table -> tables.add(table(table)));
        ArrayNode history = json.putArray("history");
        samples.forEach(sample -> history.addArray()
                .add(sample.time())
                .add(sample.messages())
                .add(sample.bytes())
                .add(sample.lagBytes())
                .add(sample.lagSeconds()));
        return json;
    }

    private static ObjectNode table(TableStatus table) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("table", table.table().toString());
        json.put("topic", table.topic());
        json.put("schemaId", table.schemaId());
        json.put("messages", table.messages());
        json.put("bytes", table.bytes());
        json.put("changedAt", table.changedAt());
        if (table.copy() != CopyState.NONE) {
            json.put("copied", table.copy() == CopyState.DONE);
            json.put("copiedRows", table.copiedRows());
            json.put("expectedRows", table.expectedRows());
        }
        return json;
    }
}
