package org.bottledwater.pipeline.types;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bottledwater.avro.ServerTypes;

/**
 * Tables of random columns with random rows: every type with values of its own, and on top of them arrays, composites and domains,
 * up to three deep. The first column is {@code n}, the number of the row.
 */
final class RandomTables {
    private static final int MAX_COLUMNS = 14;
    private static final int MAX_ROWS = 25;

    private final Random random;
    private final int major;
    private final List<Kind> kinds;
    private int types;

    /**
     * A type and a source of its values in text form.
     *
     * @param arrayable whether there is an array of it
     */
    private record Kind(String type, Supplier<String> values, boolean arrayable) {}

    /** @param known the cases that the server has a type for */
    RandomTables(Random random, int major, List<ServerTypes.Case> known) {
        this.random = random;
        this.major = major;
        kinds = new ArrayList<>();
        for (ServerTypes.Case c : known) {
            List<String> values = c.values(major).stream()
                    .filter(value -> isHeld(c.type(), value))
                    .toList();
            if (!values.isEmpty()) {
                boolean isArray = c.type().endsWith("]") || c.type().endsWith("vector");
                boolean isDomain = c.type().matches("price|dear_price|tags|matrix|dear_matrix");
                kinds.add(new Kind(c.type(), () -> values.get(random.nextInt(values.size())), !isArray && !isDomain));
            }
        }
    }

    /** Whether the natural mapping can hold it, and a container of it reads it back. */
    private static boolean isHeld(String type, String value) {
        if (value.length() > 2000) {
            return false;
        }
        if (type.startsWith("numeric(") || type.startsWith("price") || type.startsWith("dear_price")) {
            return !value.contains("NaN") && !value.contains("nfinity");
        }
        if (type.startsWith("timestamp") || type.startsWith("ts")) {
            return !value.startsWith("29427");
        }
        if (type.equals("integer[][]")) {
            return value.equals("{}") || (value.startsWith("{{") && !value.startsWith("{{{"));
        }
        if (type.equals("\"char\"")) {
            // Before 16, what is printed of a byte beyond ASCII is no text.
            return value.chars().allMatch(c -> c < 128);
        }
        if (type.endsWith("[]")) {
            return !value.startsWith("[") && !value.startsWith("{{") && !value.contains("NaN");
        }
        return true;
    }

    /** The statements that make a table and its rows. */
    List<String> table(String name) {
        List<String> sql = new ArrayList<>();
        List<Kind> columns = new ArrayList<>();
        for (int i = random.nextInt(MAX_COLUMNS); i >= 0; i--) {
            columns.add(kind(sql, 0));
        }
        sql.add("CREATE TABLE " + name + " (n int PRIMARY KEY"
                + IntStream.range(0, columns.size())
                        .mapToObj(
                                i -> ", " + columnName(i) + " " + columns.get(i).type())
                        .collect(Collectors.joining())
                + ")");
        int rows = 1 + random.nextInt(MAX_ROWS);
        for (int n = 0; n < rows; n++) {
            sql.add("INSERT INTO " + name + " VALUES (" + n
                    + columns.stream()
                            .map(kind -> ", "
                                    + (random.nextInt(6) == 0
                                            ? "NULL"
                                            : literal(kind.values().get())))
                            .collect(Collectors.joining())
                    + ")");
        }
        return sql;
    }

    private static String columnName(int i) {
        return i % 5 == 4 ? "\"Column " + i + " \"\"Ü\"\"\"" : "c" + i;
    }

    private Kind kind(List<String> sql, int depth) {
        int choice = depth >= 3 ? 9 : random.nextInt(10);
        if (choice < 2) {
            return array(kind(sql, depth + 1));
        }
        if (choice < 4) {
            return composite(sql, depth);
        }
        if (choice == 4) {
            return domain(sql, kind(sql, depth + 1));
        }
        return kinds.get(random.nextInt(kinds.size()));
    }

    private Kind array(Kind element) {
        if (!element.arrayable()) {
            return element;
        }
        String delimiter = element.type().equals("box") ? ";" : ",";
        return new Kind(
                element.type() + "[]",
                () -> IntStream.range(0, random.nextInt(4))
                        .mapToObj(i -> random.nextInt(5) == 0
                                ? "NULL"
                                : quoted(element.values().get(), "\\\""))
                        .collect(Collectors.joining(delimiter, "{", "}")),
                false);
    }

    private Kind composite(List<String> sql, int depth) {
        List<Kind> fields = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            fields.add(kind(sql, depth + 1));
        }
        String name = "composite_" + types++;
        sql.add("CREATE TYPE " + name + " AS ("
                + IntStream.range(0, fields.size())
                        .mapToObj(i -> "f" + i + " " + fields.get(i).type())
                        .collect(Collectors.joining(", "))
                + ")");
        return new Kind(
                name,
                () -> fields.stream()
                        .map(field -> random.nextInt(5) == 0
                                ? ""
                                : quoted(field.values().get(), "\"\""))
                        .collect(Collectors.joining(",", "(", ")")),
                true);
    }

    /** Arrays of domains, and domains over composites, there are only since PostgreSQL 11. */
    private Kind domain(List<String> sql, Kind base) {
        String name = "domain_" + types++;
        if (major < 11 && base.type().matches("composite_.*|.*_t")) {
            return base;
        }
        sql.add("CREATE DOMAIN " + name + " AS " + base.type());
        return new Kind(name, base.values(), false);
    }

    private static String quoted(String text, String quote) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", quote) + "\"";
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
