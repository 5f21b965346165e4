package org.bottledwater.cli.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bottledwater.cli.schema.SchemaModel.Member;
import org.bottledwater.cli.schema.SchemaModel.Table;

/**
 * PostgreSQL's own rows, as the server writes them, against the topics, folded by raw keys, without any of our code. A topic has
 * as many live keys as its table has rows, and they have the rows' values. A column that a message lacks came after it.
 */
final class SchemaJudge {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN = 160;

    private final Connection session;
    private final Plan plan;
    private final FoldedTopics topics;
    private final Payloads payloads;
    private final TopicNaming naming;
    /** The topic of each table when it was looked at last. */
    private final Map<Long, String> seen = new HashMap<>();
    /** Topics of former names, and whose they were. */
    private final Map<String, Long> left = new HashMap<>();

    SchemaJudge(Connection session, Plan plan, FoldedTopics topics, Payloads payloads) {
        this.session = session;
        this.plan = plan;
        this.topics = topics;
        this.payloads = payloads;
        this.naming = new TopicNaming(plan.name(), plan.rename().equals("keep"));
    }

    /**
     * What is wrong by now.
     *
     * @param fresh tables of which each row was written since their shape changed: messages have exactly their columns
     * @param stale tables of which only keys are compared
     */
    List<String> differences(Set<Long> fresh, Set<Long> stale) throws SQLException {
        topics.read();
        SchemaModel model = SchemaModel.read(session, plan.publicationName());
        boolean publishesAll = publishesAll();
        Map<Long, String> names = naming.topics(model, topics);
        List<String> differences = new ArrayList<>();
        for (Table table : model.tables()) {
            if (isFollowed(table, model, publishesAll)) {
                Map<JsonNode, JsonNode> rows = rows(table, model);
                String topic = names.getOrDefault(table.oid(), "");
                String where = "table=" + table + " oid=" + table.oid() + " topic=" + topic + ": ";
                compare(
                        where,
                        rows,
                        topics.topic(topic),
                        fresh.contains(table.oid()),
                        stale.contains(table.oid()),
                        differences);
            }
        }
        formerTopics(model, publishesAll, names, differences);
        return differences;
    }

    /** What a table that moved to another topic leaves behind is empty, unless it is that of another table now. */
    private void formerTopics(
            SchemaModel model, boolean publishesAll, Map<Long, String> names, List<String> differences) {
        for (Table table : model.tables()) {
            String now = names.getOrDefault(table.oid(), "");
            String before = seen.put(table.oid(), now);
            if (before != null && !before.equals(now)) {
                left.put(before, table.oid());
            }
        }
        left.keySet().removeAll(names.values());
        left.forEach((topic, oid) -> {
            if (model.table(oid)
                            .filter(table -> isFollowed(table, model, publishesAll))
                            .isPresent()
                    && !topics.topic(topic).isEmpty()) {
                differences.add("the topic of a former name is not empty: topic=" + topic + " oid=" + oid + " liveKeys="
                        + topics.topic(topic).size());
            }
        });
    }

    private boolean publishesAll() throws SQLException {
        if (!plan.usersPublication()) {
            return true;
        }
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate"
                        + " FROM pg_publication WHERE pubname = '" + plan.publicationName() + "'")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** Whether its topic has to be the table: it is published as a whole, with a key. */
    private boolean isFollowed(Table table, SchemaModel model, boolean publishesAll) {
        boolean published =
                !plan.usersPublication() || (publishesAll && model.published().containsKey(table.oid()));
        return published
                && table.logged()
                && !table.isPartition()
                && !table.messageKey().isEmpty();
    }

    private Map<JsonNode, JsonNode> rows(Table table, SchemaModel model) throws SQLException {
        Member member = plan.usersPublication() ? model.published().get(table.oid()) : null;
        String filter = member == null || member.filter().isEmpty() ? "" : " WHERE " + member.filter();
        Map<JsonNode, JsonNode> rows = new HashMap<>();
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("SELECT to_jsonb(t)::text FROM " + table + " t" + filter)) {
            while (row.next()) {
                ObjectNode value = (ObjectNode) parse(row.getString(1));
                value.retain(
                        table.written().stream().map(SchemaModel.Column::name).toList());
                if (member != null && !member.columns().isEmpty()) {
                    value.retain(member.columns());
                }
                rows.put(value.deepCopy().retain(table.messageKey()), value);
            }
        }
        return rows;
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }

    private void compare(
            String where,
            Map<JsonNode, JsonNode> rows,
            Collection<FoldedTopics.Row> topic,
            boolean fresh,
            boolean stale,
            List<String> differences) {
        if (topic.size() != rows.size()) {
            differences.add(where + "rows=" + rows.size() + " liveKeys=" + topic.size());
        }
        Map<JsonNode, JsonNode> open = new HashMap<>(rows);
        for (FoldedTopics.Row message : topic) {
            JsonNode key = payloads.decode(message.key);
            JsonNode row = open.remove(key);
            if (row == null) {
                differences.add(where
                        + (rows.containsKey(key) ? "a second raw key of the row: " : "a key without a row: ")
                        + shown(key));
            } else if (!stale) {
                compare(where + "key=" + shown(key), row, message, fresh, differences);
            }
        }
        open.forEach((key, row) -> differences.add(where + "a row without a message: " + shown(key)));
    }

    private void compare(String where, JsonNode row, FoldedTopics.Row last, boolean fresh, List<String> differences) {
        JsonNode message = payloads.decode(last.value);
        row.properties().forEach(column -> {
            // A large value that is unknown is null, and the message says so (docs/guarantees.md, "Large values").
            if (last.unknown.contains(column.getKey())) {
                return;
            }
            JsonNode found = message.get(column.getKey());
            if (found == null ? fresh : !found.equals(column.getValue())) {
                differences.add(where + " column=" + column.getKey() + " row=" + shown(column.getValue()) + " message="
                        + (found == null ? "nothing" : shown(found)));
            }
        });
        if (fresh && message.size() != row.size()) {
            differences.add(where + " columns=" + row.size() + " fields=" + message.size());
        }
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "… (" + text.length() + ")";
    }
}
