package org.bottledwater.cli.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The tables and types of the moment, as the catalog says within the open transaction: what is refused or rolled back
 * needs not be undone here.
 */
record SchemaModel(
        List<Table> tables,
        List<Name> views,
        Map<String, List<Column>> composites,
        Map<String, List<String>> enums,
        boolean hasPublication,
        Map<Long, Member> published) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String QUERY = """
            SELECT json_build_object(
              'tables', (SELECT coalesce(json_agg(t ORDER BY t.schema, t.name), '[]') FROM (
                SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
                  c.relpersistence AS persistence, c.relreplident AS identity,
                  coalesce((SELECT h.inhparent::int8 FROM pg_inherits h WHERE h.inhrelid = c.oid), 0) AS parent,
                  coalesce(pg_get_expr(c.relpartbound, c.oid), '') AS bound,
                  (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'notNull', a.attnotnull,
                      'generated', coalesce(to_jsonb(a)->>'attgenerated', '') <> '', 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum), '[]')
                    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
                  (SELECT coalesce(json_agg(json_build_object('name', x.relname, 'primary', i.indisprimary,
                      'immediate', i.indimmediate, 'identity', i.indisreplident,
                      'columns', (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey))) ORDER BY x.relname), '[]')
                    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid) AS indexes
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 's2')) t),
              'views', (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname)
                  ORDER BY n.nspname, c.relname), '[]') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'v' AND n.nspname IN ('public', 's2')),
              'composites', (SELECT coalesce(json_object_agg(c.relname,
                  (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'notNull', false,
                    'generated', false, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum), '[]') FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)), '{}')
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'c' AND n.nspname = 'public'),
              'enums', (SELECT coalesce(json_object_agg(t.typname, (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
                  FROM pg_enum e WHERE e.enumtypid = t.oid)), '{}')
                FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
                WHERE t.typtype = 'e' AND n.nspname = 'public'),
              'publication', EXISTS (SELECT FROM pg_publication p WHERE p.pubname = '%s'),
              'published', (SELECT coalesce(json_agg(to_jsonb(r) || jsonb_build_object(
                    'filter', %filter,
                    'columns', (SELECT json_agg(a.attname) FROM pg_attribute a
                      WHERE a.attrelid = r.prrelid AND to_jsonb(r)->'prattrs' @> to_jsonb(a.attnum)))), '[]')
                FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname = '%s'))
            """;

    record Name(String schema, String name) {
        @Override
        public String toString() {
            return schema + "." + name;
        }
    }

    record Column(String name, String type, boolean notNull, boolean generated) {}

    record Index(String name, boolean primary, boolean immediate, boolean identity, List<String> columns) {}

    /** A table of a publication; without a filter it is empty, and without a list of columns there are none. */
    record Member(String filter, List<String> columns) {}

    record Table(
            long oid,
            Name name,
            boolean partitioned,
            boolean logged,
            char identity,
            long parent,
            String bound,
            List<Column> columns,
            List<Index> indexes) {

        boolean isPartition() {
            return parent != 0;
        }

        /** An ordinary table of its own. */
        boolean isPlain() {
            return !partitioned && !isPartition();
        }

        Optional<Index> primaryKey() {
            return indexes.stream().filter(Index::primary).findFirst();
        }

        List<String> keyColumns() {
            return primaryKey().map(Index::columns).orElse(List.of());
        }

        /** The columns whose values are the key of a message; none if updates cannot be followed. */
        List<String> messageKey() {
            return switch (identity) {
                case 'd' ->
                    primaryKey().filter(Index::immediate).map(Index::columns).orElse(List.of());
                case 'f' -> keyColumns();
                case 'i' ->
                    indexes.stream()
                            .filter(Index::identity)
                            .findFirst()
                            .map(Index::columns)
                            .orElse(List.of());
                default -> List.of();
            };
        }

        Optional<Column> column(String wanted) {
            return columns.stream()
                    .filter(column -> column.name().equals(wanted))
                    .findFirst();
        }

        /** What a statement may give a value. */
        List<Column> written() {
            return columns.stream().filter(column -> !column.generated()).toList();
        }

        /** Those of no unique index. */
        List<Column> valueColumns() {
            return written().stream()
                    .filter(column ->
                            indexes.stream().noneMatch(index -> index.columns().contains(column.name())))
                    .toList();
        }

        @Override
        public String toString() {
            return name.toString();
        }
    }

    /** @param publication that of the user's or of the program's */
    static SchemaModel read(Connection session, String publication) throws SQLException {
        boolean filters = session.getMetaData().getDatabaseMajorVersion() >= 15;
        String query = QUERY.replace("%s", publication)
                .replace("%filter", filters ? "pg_get_expr(r.prqual, r.prrelid)" : "NULL");
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return of(JSON.readTree(row.getString(1)));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static SchemaModel of(JsonNode json) {
        Map<String, List<Column>> composites = new TreeMap<>();
        json.get("composites")
                .properties()
                .forEach(type -> composites.put(type.getKey(), list(type.getValue(), SchemaModel::column)));
        Map<String, List<String>> enums = new TreeMap<>();
        json.get("enums")
                .properties()
                .forEach(type -> enums.put(type.getKey(), list(type.getValue(), JsonNode::asText)));
        Map<Long, Member> published = new TreeMap<>();
        for (JsonNode member : json.get("published")) {
            published.put(
                    member.get("prrelid").asLong(),
                    new Member(
                            member.path("filter").isNull()
                                    ? ""
                                    : member.path("filter").asText(),
                            list(member.path("columns"), JsonNode::asText)));
        }
        return new SchemaModel(
                list(json.get("tables"), SchemaModel::table),
                list(json.get("views"), SchemaModel::name),
                composites,
                enums,
                json.get("publication").asBoolean(),
                published);
    }

    private static Table table(JsonNode json) {
        return new Table(
                json.get("oid").asLong(),
                name(json),
                json.get("kind").asText().equals("p"),
                json.get("persistence").asText().equals("p"),
                json.get("identity").asText().charAt(0),
                json.get("parent").asLong(),
                json.get("bound").asText(),
                list(json.get("columns"), SchemaModel::column),
                list(
                        json.get("indexes"),
                        index -> new Index(
                                index.get("name").asText(),
                                index.get("primary").asBoolean(),
                                index.get("immediate").asBoolean(),
                                index.get("identity").asBoolean(),
                                list(index.get("columns"), JsonNode::asText))));
    }

    private static Name name(JsonNode json) {
        return new Name(json.get("schema").asText(), json.get("name").asText());
    }

    private static Column column(JsonNode json) {
        return new Column(
                json.get("name").asText(),
                json.get("type").asText(),
                json.get("notNull").asBoolean(),
                json.get("generated").asBoolean());
    }

    private static <T> List<T> list(JsonNode array, Function<JsonNode, T> element) {
        List<T> list = new ArrayList<>();
        array.forEach(node -> list.add(element.apply(node)));
        return list;
    }

    /** The fields of a composite type, which may be the row of a table; none of another type. */
    List<Column> fields(String type) {
        return tables.stream()
                .filter(table -> type.equals(table.toString().replaceFirst("^public\\.", "")))
                .findFirst()
                .map(Table::columns)
                .orElse(composites.getOrDefault(type, List.of()));
    }

    /** Whether a change elsewhere may give its rows another shape. */
    boolean hasRecords(Table table) {
        return table.columns().stream()
                .map(column -> column.type().replace("[]", ""))
                .anyMatch(type -> type.equals("place") || !fields(type).isEmpty());
    }

    boolean isFree(Name name) {
        return tables.stream().noneMatch(table -> table.name().equals(name)) && !views.contains(name);
    }

    Optional<Table> table(long oid) {
        return tables.stream().filter(table -> table.oid() == oid).findFirst();
    }

    List<Table> partitionsOf(Table root) {
        return tables.stream().filter(table -> table.parent() == root.oid()).toList();
    }
}
