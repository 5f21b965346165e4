package org.bottledwater.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.jspecify.annotations.Nullable;

/**
 * The entries of the checkpoint topic as JSON:
 *
 * <pre>
 *   slot                       {"version":1,"slot":"s","systemIdentifier":"7…","database":"shop","plugin":"pgoutput",
 *                               "lsn":"0/16B3748","snapshot":"complete","properties":{}}
 *   slot/snapshot/schema.table {"version":1,"slot":"s","schema":"public","table":"orders","oid":16385,
 *                               "fileNode":16385,"blocks":4096,"finished":"0-4096,8192-","complete":false,
 *                               "visible":"740:741:","lsn":"0/16B3748","key":"id:int","published":"16402"}
 *   slot/request/id            {"version":1,"slot":"s","id":"…","copy":[{"schema":"public","table":"orders"}]}
 * </pre>
 *
 * Fields that a newer release adds are ignored by this one.
 */
public final class CheckpointJson {
    private static final int VERSION = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private CheckpointJson() {}

    /** Null is Kafka's own sign for a key that is to be forgotten. */
    public static byte @Nullable [] encode(CheckpointEntry entry) {
        ObjectNode json = JSON.createObjectNode().put("version", VERSION);
        if (entry instanceof Checkpoint c) {
            json.put("slot", c.slot())
                    .put("systemIdentifier", c.systemIdentifier())
                    .put("database", c.database())
                    .put("plugin", c.plugin())
                    .put("lsn", Lsn.toString(c.lsn()))
                    .put("snapshot", c.snapshot().name().toLowerCase(Locale.ROOT));
            ObjectNode properties = json.putObject("properties");
            new TreeMap<>(c.properties()).forEach(properties::put);
        } else if (entry instanceof TableProgress t) {
            json.put("slot", t.slot())
                    .put("schema", t.table().schema())
                    .put("table", t.table().table())
                    .put("oid", Integer.toUnsignedLong(t.oid()))
                    .put("fileNode", t.fileNode())
                    .put("blocks", prefix(t.blocks()))
                    .put("complete", t.complete())
                    .put("visible", t.visible())
                    .put("lsn", Lsn.toString(t.lsn()));
            if (!t.blocks().equals(Blocks.first(prefix(t.blocks())))) {
                json.put("finished", t.blocks().toString());
            }
            if (!t.readAs().equals(t.visible())) {
                json.put("readAs", t.readAs());
            }
            t.before().ifPresent(ends -> json.put("before", ends.toString()));
            t.root().ifPresent(root -> json.put("rootSchema", root.schema()).put("rootTable", root.table()));
            if (t.rootOid() != 0) {
                json.put("rootOid", Integer.toUnsignedLong(t.rootOid()));
            }
            if (!t.capturedAs().equals(CapturedAs.UNKNOWN)) {
                json.put("key", t.capturedAs().key())
                        .put("published", t.capturedAs().published());
            }
            if (t.hasLeft()) {
                json.put("leftAt", Lsn.toString(t.leftAt()));
            }
        } else if (entry instanceof CopyRequest r) {
            json.put("slot", r.slot()).put("id", r.id());
            ArrayNode tables = json.putArray("copy");
            r.tables()
                    .forEach(table ->
                            tables.addObject().put("schema", table.schema()).put("table", table.table()));
        } else {
            return null;
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** What a release that knows no more than the first blocks needs not read again. */
    private static long prefix(Blocks blocks) {
        return blocks.prefix() == Long.MAX_VALUE ? 0 : blocks.prefix();
    }

    /** @throws IllegalArgumentException for what {@link #encode} would not have written */
    public static Checkpoint checkpoint(byte[] value) {
        JsonNode json = parse(value);
        Map<String, String> properties = new HashMap<>();
        json.path("properties")
                .properties()
                .forEach(p -> properties.put(p.getKey(), p.getValue().asText()));
        return new Checkpoint(
                text(json, "slot"),
                text(json, "systemIdentifier"),
                text(json, "database"),
                text(json, "plugin"),
                Lsn.parse(text(json, "lsn")),
                SnapshotState.valueOf(text(json, "snapshot").toUpperCase(Locale.ROOT)),
                properties);
    }

    /** @throws IllegalArgumentException for what {@link #encode} would not have written */
    public static TableProgress progress(byte[] value) {
        JsonNode json = parse(value);
        return new TableProgress(
                text(json, "slot"),
                new TableName(text(json, "schema"), text(json, "table")),
                json.has("rootTable")
                        ? Optional.of(new TableName(text(json, "rootSchema"), text(json, "rootTable")))
                        : Optional.empty(),
                (int) number(json, "oid"),
                number(json, "fileNode"),
                json.has("finished") ? Blocks.parse(text(json, "finished")) : Blocks.first(number(json, "blocks")),
                json.path("complete").asBoolean(),
                text(json, "visible").intern(),
                text(json, json.has("readAs") ? "readAs" : "visible").intern(),
                Lsn.parse(text(json, "lsn")),
                json.has("before") ? Optional.of(TopicEnds.parse(text(json, "before"))) : Optional.empty(),
                json.has("rootOid") ? (int) number(json, "rootOid") : 0,
                json.has("key") ? new CapturedAs(text(json, "key"), text(json, "published")) : CapturedAs.UNKNOWN,
                json.has("leftAt") ? Lsn.parse(text(json, "leftAt")) : Lsn.INVALID);
    }

    /** @throws IllegalArgumentException for what {@link #encode} would not have written */
    static CopyRequest request(byte[] value) {
        JsonNode json = parse(value);
        List<TableName> tables = new ArrayList<>();
        json.path("copy").forEach(table -> tables.add(new TableName(text(table, "schema"), text(table, "table"))));
        return new CopyRequest(text(json, "slot"), text(json, "id"), tables);
    }

    private static JsonNode parse(byte[] value) {
        try {
            return JSON.readTree(new String(value, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("no text: field=" + field);
        }
        return value.textValue();
    }

    private static long number(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber()) {
            throw new IllegalArgumentException("no number: field=" + field);
        }
        return value.longValue();
    }
}
