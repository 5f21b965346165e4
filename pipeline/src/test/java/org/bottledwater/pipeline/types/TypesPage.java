package org.bottledwater.pipeline.types;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.change.Relation;

/** The table of docs/types.md, of what came out of a server and was compared with it. */
final class TypesPage {
    private static final int LONGEST_EXAMPLE = 50;

    private TypesPage() {}

    /** @param values for each table what the server prints for its rows, by their number */
    static String table(TypeTables tables, EncodedRows copied, Map<String, Map<Integer, String>> values) {
        StringBuilder page = new StringBuilder("| PostgreSQL | Avro | value | in JSON |\n|---|---|---|---|\n");
        Map<String, String> seen = new TreeMap<>();
        tables.types.forEach((table, type) -> {
            if (table.startsWith("v_") && seen.put(type, table) == null) {
                page.append(row(copied.relations.get(table), copied.rows.get(table), type, values.get(table)));
            }
        });
        return page.toString();
    }

    private static String row(Relation relation, List<String> encoded, String type, Map<Integer, String> values) {
        Schema schema = RowSchema.of(relation, TypeOptions.DEFAULT)
                .valueSchema()
                .getField("v")
                .schema();
        Oracle.Row example = Oracle.read(relation, encoded).stream()
                .filter(row -> row.avro().get(1) != null)
                .max(Comparator.comparingInt(row -> showing(value(row, values))))
                .orElseThrow();
        return "| " + cell(type) + " | " + cell(describe(schema.getTypes().get(1))) + " | "
                + cell(value(example, values)) + " | " + cell(json(example.text())) + " |\n";
    }

    private static String value(Oracle.Row row, Map<Integer, String> values) {
        return values.getOrDefault((int) row.avro().get(0), "");
    }

    /** The longer, the more it shows, up to a bound. */
    private static int showing(String value) {
        return value.length() <= LONGEST_EXAMPLE ? value.length() : -value.length();
    }

    /** Of {@code {"n":1,"v":2}}, the 2. */
    private static String json(String row) {
        return row.substring(row.indexOf("\"v\":") + 4, row.lastIndexOf('}'));
    }

    private static String cell(String text) {
        return text.isEmpty()
                ? ""
                : "`` " + text.replace("|", "\\|").replace("\n", "\\n").replace("\t", "\\t") + " ``";
    }

    /** For people: {@code bytes decimal(10,2)}; a question mark is a union with null. */
    private static String describe(Schema schema) {
        return switch (schema.getType()) {
            case UNION -> describe(schema.getTypes().get(1)) + "?";
            case ARRAY -> "array of " + describe(schema.getElementType());
            case MAP -> "map of " + describe(schema.getValueType());
            case RECORD ->
                schema.getFields().stream()
                        .map(field -> field.name() + " " + describe(field.schema()))
                        .collect(Collectors.joining(", ", "record {", "}"));
            default -> schema.getType().getName() + logical(schema.getLogicalType());
        };
    }

    private static String logical(LogicalType type) {
        if (type instanceof LogicalTypes.Decimal decimal) {
            return " decimal(" + decimal.getPrecision() + "," + decimal.getScale() + ")";
        }
        return type == null ? "" : " " + type.getName();
    }
}
