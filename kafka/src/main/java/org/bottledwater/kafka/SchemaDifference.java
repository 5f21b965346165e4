package org.bottledwater.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says in words how two Avro record schemas differ, field by field. */
final class SchemaDifference {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SchemaDifference() {}

    static String between(String registered, String offered) {
        Map<String, JsonNode> before;
        Map<String, JsonNode> after;
        try {
            JsonNode old = JSON.readTree(registered);
            JsonNode now = JSON.readTree(offered);
            boolean envelopes = row(old).isObject() && row(now).isObject();
            before = fields(envelopes ? row(old) : old);
            after = fields(envelopes ? row(now) : now);
        } catch (JsonProcessingException e) {
            return "the schemas cannot be compared";
        }
        List<String> differences = new ArrayList<>();
        after.forEach((name, field) -> {
            JsonNode old = before.get(name);
            if (old == null) {
                differences.add("field added: " + name + " " + field.path("type"));
            } else if (!old.path("type").equals(field.path("type"))) {
                differences.add("field changed: " + name + " from " + old.path("type") + " to " + field.path("type"));
            }
        });
        before.keySet().stream()
                .filter(name -> !after.containsKey(name))
                .forEach(name -> differences.add("field removed: " + name));
        return differences.isEmpty() ? "the fields are the same" : String.join(", ", differences);
    }

    /** The record within an envelope, which stands where it is first mentioned; only that changes. */
    private static JsonNode row(JsonNode schema) {
        JsonNode before = fields(schema).get("before");
        return before != null && schema.path("name").asText().endsWith("_change")
                ? before.path("type").path(1)
                : MissingNode.getInstance();
    }

    private static Map<String, JsonNode> fields(JsonNode schema) {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        schema.path("fields").forEach(field -> fields.put(field.path("name").asText(), field));
        return fields;
    }
}
