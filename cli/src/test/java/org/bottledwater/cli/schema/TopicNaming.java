package org.bottledwater.cli.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.bottledwater.cli.schema.SchemaModel.Name;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Which topic a table has. */
final class TopicNaming {
    static final String CHECKPOINTS = "bottledwater-checkpoints";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String prefix;
    private final boolean kept;

    /** @param kept whether a renamed table keeps the topic of its former name */
    TopicNaming(String prefix, boolean kept) {
        this.prefix = prefix;
        this.kept = kept;
    }

    /** Whose name it is, and for captured tables what the checkpoint says; those with {@code leftAt} are captured no more. */
    Map<Long, String> topics(SchemaModel model, FoldedTopics topics) {
        Map<Long, String> names = new HashMap<>();
        for (Table table : model.tables()) {
            names.put(table.oid(), natural(table.name()));
        }
        if (kept) {
            for (FoldedTopics.Row row : topics.topic(CHECKPOINTS)) {
                if (new String(row.key, StandardCharsets.UTF_8).startsWith(prefix + "/snapshot/")) {
                    JsonNode entry = parse(row.value);
                    if (!entry.has("leftAt")) {
                        rename(entry, names);
                    }
                }
            }
        }
        return names;
    }

    /** A partition's rows are in the topic of its root. */
    private void rename(JsonNode entry, Map<Long, String> names) {
        boolean partition = entry.has("rootTable");
        Name name = new Name(
                entry.get(partition ? "rootSchema" : "schema").asText(),
                entry.get(partition ? "rootTable" : "table").asText());
        names.replace(entry.get("oid").asLong(), natural(name));
        if (entry.has("rootOid")) {
            names.replace(entry.get("rootOid").asLong(), natural(name));
        }
    }

    private static JsonNode parse(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + new String(value, StandardCharsets.UTF_8), e);
        }
    }

    private String natural(Name name) {
        return prefix + "." + (name.schema().equals("public") ? name.name() : name.toString());
    }
}
