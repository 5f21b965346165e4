package org.bottledwater.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;

/**
 * A client of Confluent's schema registry, or of one that speaks like it. What was registered and found is remembered.
 * Thread-safe.
 */
public final class SchemaRegistry {
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int UNPROCESSABLE = 422;

    private final RegistryHttp http;
    private final Map<Subject, Integer> ids = new ConcurrentHashMap<>();
    private final Map<Integer, String> schemas = new ConcurrentHashMap<>();

    /**
     * @param urls tried in turn; each may have a path, and {@code user:password@}
     * @param settings {@code basic.auth.user.info}, {@code bearer.auth.token}, {@code request.timeout.ms} and
     *     {@code ssl.truststore.*}, {@code ssl.keystore.*}, {@code ssl.key.password} as Confluent's own clients have
     *     them
     * @throws ConfigurationException for a setting that is unknown or wrong
     */
    public SchemaRegistry(List<URI> urls, Map<String, String> settings) {
        this.http = new RegistryHttp(urls, settings);
    }

    /**
     * Makes the schema known under the subject, if it is not yet.
     *
     * @return the schema's id
     * @throws SchemaRefusedException if the registry does not take it
     * @throws ConfigurationException if the registry does not let us in
     * @throws ConnectionException if no address gives an answer
     */
    public int register(String subject, String schema) {
        Subject key = new Subject(subject, schema);
        Integer known = ids.get(key);
        if (known != null) {
            return known;
        }
        String body =
                JsonNodeFactory.instance.objectNode().put("schema", schema).toString();
        RegistryHttp.Answer answer = http.post("/subjects/" + segment(subject) + "/versions", body);
        if (answer.status() == CONFLICT || answer.status() == UNPROCESSABLE) {
            throw refused(subject, schema, answer);
        }
        JsonNode id =
                expect(answer, "cannot register a schema: subject=" + subject).path("id");
        if (!id.isInt()) {
            throw new ConfigurationException("not a schema registry's answer: subject=" + subject + " answer="
                    + answer.text() + "; is --schema-registry right?");
        }
        ids.put(key, id.intValue());
        return id.intValue();
    }

    private SchemaRefusedException refused(String subject, String schema, RegistryHttp.Answer answer) {
        StringBuilder message = new StringBuilder("the schema registry refuses a schema: subject=" + subject + ": ");
        message.append(answer.message());
        RegistryHttp.Answer latest = http.get("/subjects/" + segment(subject) + "/versions/latest");
        if (latest.status() == OK) {
            String registered = latest.json().path("schema").asText();
            message.append("; against the registered version ")
                    .append(latest.json().path("version").asText())
                    .append(": ")
                    .append(SchemaDifference.between(registered, schema));
        }
        message.append("; undo the change of the table, or loosen the subject's compatibility (PUT /config/")
                .append(segment(subject))
                .append(" {\"compatibility\":\"NONE\"}), and start again");
        return new SchemaRefusedException(subject, message.toString());
    }

    /** @throws ConfigurationException if there is none */
    public String schemaById(int id) {
        String known = schemas.get(id);
        if (known != null) {
            return known;
        }
        RegistryHttp.Answer answer = http.get("/schemas/ids/" + id);
        if (answer.status() == NOT_FOUND && answer.isJson()) {
            throw new ConfigurationException("the schema registry does not know the schema: id=" + id + " at "
                    + answer.from() + "; is this the registry that the messages were written with?");
        }
        JsonNode schema = expect(answer, "cannot look up a schema: id=" + id).path("schema");
        if (!schema.isTextual()) {
            throw new ConfigurationException("not a schema registry's answer: id=" + id + " answer=" + answer.text()
                    + "; is --schema-registry right?");
        }
        schemas.put(id, schema.textValue());
        return schema.textValue();
    }

    /** @throws ConnectionException if no address gives an answer */
    public void reachable() {
        expect(http.get("/subjects"), "cannot use the schema registry");
    }

    private static JsonNode expect(RegistryHttp.Answer answer, String what) {
        if (answer.status() != OK) {
            String path = answer.status() == NOT_FOUND
                    ? "; does the address lack a path, for instance /apis/ccompat/v7?"
                    : "";
            throw new ConfigurationException(
                    what + " at " + answer.from() + ": HTTP " + answer.status() + " " + answer.message() + path);
        }
        return answer.json();
    }

    private static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private record Subject(String name, String schema) {}
}
