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

    /** Whose name it is, and for tables that were renamed what the checkpoint says. */
    Map<Long, String> topics(SchemaModel model, FoldedTopics topics) {
        Map<Long, String> names = new HashMap<>();
        for (Table table : model.tables()) {
            names.put(table.oid(), natural(table.name()));
        }
        if (kept) {
            for (FoldedTopics.Row row : topics.topic(CHECKPOINTS)) {
                if (new String(row.key, StandardCharsets.UTF_8).startsWith(prefix + "/snapshot/")) {
                    JsonNode entry = parse(row.value);
                    Name name = new Name(
                            entry.get("schema").asText(), entry.get("table").asText());
                    names.replace(entry.get("oid").asLong(), natural(name));
                }
            }
        }
        return names;
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
