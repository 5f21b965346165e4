package org.bottledwater.cli.schema;

import java.util.List;
import java.util.stream.Collectors;
import org.bottledwater.cli.schema.SchemaModel.Column;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Expressions that make the values of a row from a number, which another expression stands for. */
final class Values {
    /** More than PostgreSQL leaves in a row, though it is compressed. */
    private static final int LARGE = 150;

    private final SchemaModel model;
    private final Dice dice;

    Values(SchemaModel model, Dice dice) {
        this.model = model;
        this.dice = dice;
    }

    /** The same for the same number, so that keys meet. */
    String key(Table table, Column column, String number) {
        if (column.name().equals("day")) {
            return day(table, number);
        }
        String type = column.type();
        if (type.equals("integer") || type.equals("bigint")) {
            return column.name().startsWith("u") ? "(" + number + " + 1000)" : number;
        }
        if (column.name().startsWith("large")) {
            return "(SELECT string_agg(md5(" + number + "::text || i), '') FROM generate_series(1, 70) i)";
        }
        return model.enums().containsKey(type)
                ? label(model.enums().getOrDefault(type, List.of()), type, number)
                : "'k' || " + number;
    }

    /** Within one of the partitions there are. */
    private String day(Table table, String number) {
        Table root = table.isPartition() ? model.table(table.parent()).orElse(table) : table;
        List<Integer> firsts = model.partitionsOf(root).stream()
                .map(partition -> Integer.parseInt(partition.bound().replaceAll("\\D*(\\d+).*", "$1")))
                .toList();
        String first = firsts.isEmpty()
                ? "0"
                : "(ARRAY[" + firsts.stream().map(String::valueOf).collect(Collectors.joining(",")) + "])[1 + " + number
                        + " % " + firsts.size() + "]";
        return first + " + " + number + " % 10";
    }

    String value(Column column, String number) {
        if (!column.notNull() && dice.percent(7)) {
            return "NULL";
        }
        return value(column.type(), number);
    }

    private String value(String type, String number) {
        int salt = dice.below(1000);
        if (type.endsWith("[]")) {
            String element = type.substring(0, type.length() - 2);
            return "ARRAY[" + value(element, number) + ", NULL, " + value(element, number) + "]::" + type;
        }
        if (type.equals("integer") || type.equals("bigint")) {
            return "(" + number + " * 31 + " + salt + ") % 10000";
        }
        if (type.equals("text")) {
            return dice.percent(20)
                    ? "(SELECT string_agg(md5(" + number + "::text || i || '" + salt
                            + "'), '') FROM generate_series(1, " + LARGE + ") i)"
                    : "'v' || " + number + " || '-" + salt + "'";
        }
        if (type.equals("place")) {
            return value("addr", number) + "::place";
        }
        List<Column> attributes = model.fields(type);
        if (!attributes.isEmpty()) {
            return "ROW(" + attributes.stream().map(a -> value(a, number)).collect(Collectors.joining(", ")) + ")::"
                    + type;
        }
        List<String> labels = model.enums().get(type);
        return labels == null ? "'v' || " + number + " % 1000 || '-" + salt % 100 + "'" : label(labels, type, number);
    }

    private static String label(List<String> labels, String type, String number) {
        return "(ARRAY[" + labels.stream().map(label -> "'" + label + "'").collect(Collectors.joining(",")) + "]::"
                + type
                + "[])[1 + " + number + " % " + labels.size() + "]";
    }
}
