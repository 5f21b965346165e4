package org.bottledwater.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the rows of a table look like. Every value is a function of the row's number {@code g}.
 *
 * @param update what an UPDATE sets
 */
record Shape(String name, List<Field> fields, String update) {
    record Field(String name, String type, String expression) {}

    /** Three columns, some 30 bytes. */
    static final Shape NARROW = new Shape(
            "narrow",
            List.of(
                    new Field("id", "bigint PRIMARY KEY", "g"),
                    new Field("amount", "int", "(g % 1000)::int"),
                    new Field("name", "text", "'name ' || g")),
            "amount = amount + 1");

    /** Eight columns, about 170 bytes. */
    static final Shape TYPICAL = new Shape(
            "typical",
            List.of(
                    new Field("id", "bigint PRIMARY KEY", "g"),
                    new Field("customer", "int NOT NULL", "(g % 100000)::int"),
                    new Field(
                            "status",
                            "varchar(20) NOT NULL",
                            "(ARRAY['new', 'paid', 'shipped', 'returned'])[1 + abs(g) % 4]"),
                    new Field("amount", "numeric(10,2)", "(g % 1000000)::numeric / 100"),
                    new Field(
                            "created",
                            "timestamptz NOT NULL",
                            "timestamptz '2026-01-01 00:00Z' + g * interval '1 second'"),
                    new Field("active", "boolean NOT NULL", "g % 2 = 0"),
                    new Field("email", "text", "md5(g::text) || '@example.com'"),
                    new Field(
                            "note",
                            "text",
                            "CASE WHEN g % 8 = 0 THEN NULL ELSE md5((g + 1)::text) || ' ' || md5((g + 2)::text) END")),
            "amount = amount + 1, status = 'changed'");

    /** Fifty columns, with jsonb and arrays, about 700 bytes. */
    static final Shape WIDE = new Shape("wide", wide(), "int_1 = int_1 + 1");

    static final List<Shape> ALL = List.of(NARROW, TYPICAL, WIDE);

    Shape {
        fields = List.copyOf(fields);
    }

    private static List<Field> wide() {
        List<Field> fields = new ArrayList<>(List.of(new Field("id", "bigint PRIMARY KEY", "g")));
        add(fields, 10, "int", "int", "(g % (1000 + %d))::int");
        add(fields, 8, "big", "bigint", "g * %d");
        add(fields, 8, "text", "text", "md5((g + %d)::text)");
        add(fields, 5, "price", "numeric(12,4)", "(g %% 1000)::numeric / %d".replace("%%", "%"));
        add(fields, 5, "at", "timestamptz", "timestamptz '2026-01-01 00:00Z' + g * interval '%d second'");
        add(fields, 4, "flag", "boolean", "g % %d = 0");
        add(fields, 4, "ratio", "double precision", "g / %d.5::float8");
        add(fields, 2, "json", "jsonb", "jsonb_build_object('a', g, 'b', 'text %d', 'c', jsonb_build_array(1, 2, g))");
        add(fields, 2, "numbers", "int[]", "ARRAY[1, %d, (g % 1000)::int]");
        add(fields, 1, "words", "text[]", "ARRAY['one', 'two %d', 'three']");
        return fields;
    }

    private static void add(List<Field> fields, int count, String name, String type, String expression) {
        for (int i = 1; i <= count; i++) {
            fields.add(new Field(name + "_" + i, type, expression.replace("%d", Integer.toString(i))));
        }
    }

    String create(String table) {
        return "CREATE TABLE " + table + " ("
                + fields.stream()
                        .map(field -> field.name() + " " + field.type())
                        .collect(Collectors.joining(", ")) + ")";
    }

    /** The rows with the numbers {@code from} to {@code to}, which may be expressions. */
    String insert(String table, String from, String to) {
        return "INSERT INTO " + table + " SELECT " + expressions() + " FROM generate_series(" + from + ", " + to
                + ") g";
    }

    /** One row, whose number is the statement's parameter. */
    String insertOne(String table) {
        return "INSERT INTO " + table + " SELECT " + expressions() + " FROM (SELECT ?::bigint AS g) one";
    }

    private String expressions() {
        return fields.stream().map(Field::expression).collect(Collectors.joining(", "));
    }
}
