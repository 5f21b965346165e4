package org.bottledwater.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client of Confluent's schema registry, or of one that speaks like it. What was registered and found is remembered.
 * Thread-safe.
 */
public final class SchemaRegistry implements Schemas {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int UNPROCESSABLE = 422;

    private final RegistryHttp http;
    private final PendingSchemas pending;
    private final Map<PendingSchemas.Subject, Integer> ids = new ConcurrentHashMap<>();
    private final Map<Integer, String> schemas = new ConcurrentHashMap<>();

    /** @throws ConfigurationException for a setting that is wrong */
    public SchemaRegistry(RegistrySettings settings) {
        this(settings, new PendingSchemas());
    }

    /**
     * @param pending what one before it could not register
     * @throws ConfigurationException for a setting that is wrong
     */
    public SchemaRegistry(RegistrySettings settings, PendingSchemas pending) {
        this.http = new RegistryHttp(settings);
        this.pending = pending;
        ids.putAll(pending.takeIds());
    }

    @Override
    public int register(String subject, String schema) {
        PendingSchemas.Subject key = new PendingSchemas.Subject(subject, schema);
        Integer known = ids.get(key);
        if (known != null) {
            return known;
        }
        try {
            int id = ask(subject, schema);
            ids.put(key, id);
            pending.done(key);
            return id;
        } catch (ConnectionException e) {
            pending.add(key);
            if (e.getCause() instanceof RegistryUnavailableException away && away.isTooOften()) {
                pending.keep(ids);
            }
            throw e;
        } catch (SchemaRefusedException | ConfigurationException e) {
            pending.done(key);
            throw e;
        }
    }

    private int ask(String subject, String schema) {
        String body =
                JsonNodeFactory.instance.objectNode().put("schema", schema).toString();
        RegistryHttp.Answer answer = http.post(versions(subject), body);
        if (answer.status() == CONFLICT || answer.status() == UNPROCESSABLE) {
            throw refused(subject, schema, answer);
        }
        JsonNode id =
                expect(answer, "cannot register a schema: subject=" + subject).path("id");
        if (!id.isInt()) {
            throw new ConfigurationException("not a schema registry's answer: subject=" + subject + " answer="
                    + answer.text() + "; is --schema-registry right?");
        }
        return id.intValue();
    }

    private SchemaRefusedException refused(String subject, String schema, RegistryHttp.Answer answer) {
        return new SchemaRefusedException(subject, refusal(subject, schema, answer.from(), answer.message()));
    }

    private String refusal(String subject, String schema, String from, String reason) {
        RegistryHttp.Answer latest = http.get(versions(subject) + "/latest");
        String difference = latest.status() == OK
                ? "\n  against version " + latest.json().path("version").asText() + ": "
                        + SchemaDifference.between(latest.json().path("schema").asText(), schema)
                : "";
        return "the schema registry refuses a schema: subject=" + subject + ": " + reason + difference
                + "\n  undo the change of the table; keep a column text that was text before:  --column-type=schema.table.column=string"
                + "\n  or let the subject take it, start again, and put the level back afterwards:"
                + "\n    curl -X PUT -H 'Content-Type: application/json' -d '{\"compatibility\":\"NONE\"}' '"
                + from.replaceAll("/+$", "") + "/config/" + segment(subject) + "'"
                + "\n  The next change can be rehearsed on a copy of the database:  bottledwater schema --check";
    }

    /**
     * Asks whether the subject would take the schema, and registers nothing.
     *
     * @throws ConfigurationException if the answer is not that of a registry
     * @throws ConnectionException if no address gives an answer
     */
    public SchemaVerdict check(String subject, String schema) {
        String body =
                JsonNodeFactory.instance.objectNode().put("schema", schema).toString();
        if (http.post("/subjects/" + segment(subject), body).status() == OK) {
            return new SchemaVerdict(SchemaVerdict.Kind.UNCHANGED, "");
        }
        RegistryHttp.Answer latest = http.get(versions(subject) + "/latest");
        if (latest.status() == NOT_FOUND && latest.isJson()) {
            return new SchemaVerdict(SchemaVerdict.Kind.NEW, "");
        }
        String registered = expect(latest, "cannot look up a subject: subject=" + subject)
                .path("schema")
                .asText();
        String which = level(subject).endsWith("_TRANSITIVE") ? "" : "/latest";
        RegistryHttp.Answer answer = http.post("/compatibility" + versions(subject) + which + "?verbose=true", body);
        if (answer.status() == CONFLICT || answer.status() == UNPROCESSABLE) {
            return new SchemaVerdict(
                    SchemaVerdict.Kind.REFUSED, refusal(subject, schema, answer.from(), answer.message()));
        }
        JsonNode verdict = expect(answer, "cannot check a schema: subject=" + subject);
        JsonNode compatible = verdict.path("is_compatible");
        if (!compatible.isBoolean()) {
            throw new ConfigurationException("not a schema registry's answer: subject=" + subject + " answer="
                    + answer.text() + "; is --schema-registry right?");
        }
        return compatible.booleanValue()
                ? new SchemaVerdict(SchemaVerdict.Kind.COMPATIBLE, SchemaDifference.between(registered, schema))
                : new SchemaVerdict(
                        SchemaVerdict.Kind.REFUSED,
                        refusal(subject, schema, answer.from(), words(verdict.path("messages"))));
    }

    /** The level that holds for the subject: its own, or else the registry's. */
    private String level(String subject) {
        RegistryHttp.Answer own = http.get("/config/" + segment(subject));
        RegistryHttp.Answer answer = own.status() == OK ? own : http.get("/config");
        return expect(answer, "cannot read the compatibility level: subject=" + subject)
                .path("compatibilityLevel")
                .asText();
    }

    private static String words(JsonNode messages) {
        List<String> words = new ArrayList<>();
        messages.forEach(message -> words.add(message.asText()));
        return words.isEmpty() ? "it is not compatible" : String.join("; ", words);
    }

    /**
     * Every schema that is registered under the subject, by id; none if there is no such subject.
     *
     * @throws ConfigurationException if the answer is not that of a registry
     * @throws ConnectionException if no address gives an answer
     */
    public Map<Integer, String> registered(String subject) {
        String what = "cannot look up a subject: subject=" + subject;
        RegistryHttp.Answer answer = http.get(versions(subject));
        if (answer.status() == NOT_FOUND && answer.isJson()) {
            return Map.of();
        }
        Map<Integer, String> registered = new TreeMap<>();
        for (JsonNode version : expect(answer, what)) {
            JsonNode found = expect(http.get(versions(subject) + "/" + version.asText()), what);
            if (!found.path("id").isInt() || !found.path("schema").isTextual()) {
                throw new ConfigurationException("not a schema registry's answer: subject=" + subject + " version="
                        + version + "; is --schema-registry right?");
            }
            registered.put(found.path("id").intValue(), found.path("schema").textValue());
        }
        schemas.putAll(registered);
        return registered;
    }

    private static String versions(String subject) {
        return "/subjects/" + segment(subject) + "/versions";
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

    /**
     * Whether it answers, and takes what it did not take when it was asked last.
     *
     * @throws ConnectionException if no address gives an answer
     */
    public void reachable() {
        expect(http.get("/subjects"), "cannot use the schema registry");
        for (Optional<PendingSchemas.Subject> next = pending.first(); next.isPresent(); next = pending.first()) {
            try {
                int unused = register(next.get().name(), next.get().schema());
            } catch (SchemaRefusedException | ConfigurationException e) {
                // Whether it matters is seen when the row comes that needs it.
                LOG.debug("a schema is refused", e);
            }
            pending.done(next.get());
        }
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
}
