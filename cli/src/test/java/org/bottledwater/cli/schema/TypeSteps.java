package org.bottledwater.cli.schema;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.cli.schema.SchemaModel.Column;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Types that change under the tables that use them. */
final class TypeSteps {
    static final List<String> TYPES = List.of(
            "CREATE TYPE mood AS ENUM ('sad', 'ok')",
            "CREATE TYPE addr AS (street text, zip int)",
            "CREATE TYPE home AS (name text, addr addr)",
            "CREATE DOMAIN place AS addr");
    private static final int LABELS_MAX = 6;

    private final Dice dice;
    private int named;

    TypeSteps(Dice dice) {
        this.dice = dice;
    }

    Operation composite(SchemaModel model) {
        Optional<Map.Entry<String, List<Column>>> any =
                dice.pick(List.copyOf(model.composites().entrySet()), type -> true);
        if (any.isEmpty()) {
            return Operation.NONE;
        }
        String alter = "ALTER TYPE " + any.get().getKey() + " ";
        List<Column> attributes = any.get().getValue();
        String attribute = dice.pick(attributes).name();
        int what = dice.below(4);
        String type = dice.pick(List.of("text", "int"));
        if (what == 0 && attributes.size() < 5) {
            return Operation.of(alter + "ADD ATTRIBUTE a" + ++named + " " + type);
        }
        if (what == 1 && attributes.size() > 1) {
            return Operation.of(alter + "DROP ATTRIBUTE " + attribute);
        }
        // The number of fields stays.
        return Operation.of(
                what == 2
                        ? alter + "RENAME ATTRIBUTE " + attribute + " TO a" + ++named
                        : alter + "DROP ATTRIBUTE " + attribute + ", ADD ATTRIBUTE a" + ++named + " " + type);
    }

    Operation enumeration(SchemaModel model) {
        List<String> labels = model.enums().getOrDefault("mood", List.of());
        List<Long> users = model.tables().stream()
                .filter(table -> table.columns().stream()
                        .anyMatch(column -> column.type().equals("mood")))
                .map(Table::oid)
                .toList();
        return labels.size() < LABELS_MAX && dice.percent(60)
                ? Operation.of("ALTER TYPE mood ADD VALUE 'm" + ++named + "'"
                        + (dice.percent(50) ? "" : " BEFORE '" + dice.pick(labels) + "'"))
                : new Operation(
                        List.of("ALTER TYPE mood RENAME VALUE '" + dice.pick(labels) + "' TO 'm" + ++named + "'"),
                        users);
    }
}
