package org.bottledwater.cli.schema;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.cli.schema.SchemaModel.Column;
import org.bottledwater.cli.schema.SchemaModel.Index;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Changes of rows. */
final class RowSteps {
    /** So few that they meet again and again. */
    private static final int NUMBERS = 60;

    private final Dice dice;

    RowSteps(Dice dice) {
        this.dice = dice;
    }

    Operation rows(SchemaModel model) {
        Optional<Table> table =
                dice.pick(model.tables(), t -> !t.columns().isEmpty() && (!t.isPartition() || dice.percent(30)));
        if (table.isEmpty()) {
            return Operation.NONE;
        }
        int what = dice.below(100);
        if (what < 45) {
            return insert(model, table.get());
        }
        if (what < 75) {
            return update(model, table.get());
        }
        return what < 90 ? delete(table.get()) : changeKey(model, table.get());
    }

    Operation insert(SchemaModel model, Table table) {
        Values values = new Values(model, dice);
        Set<String> keys = keys(table);
        String columns = names(table.written().stream().map(Column::name).toList());
        String row = table.written().stream()
                .map(column ->
                        keys.contains(column.name()) ? values.key(table, column, "g") : values.value(column, "g"))
                .collect(Collectors.joining(", "));
        int first = dice.between(1, NUMBERS);
        int last = first + dice.below(dice.percent(10) ? 20 : 4);
        String there = table.keyColumns().stream()
                .map(name -> "x." + name + " = "
                        + values.key(table, table.column(name).orElseThrow(), "g"))
                .collect(Collectors.joining(" AND "));
        return Operation.of("INSERT INTO " + table + " (" + columns + ") SELECT " + row + " FROM generate_series("
                + first + ", " + last + ") g"
                + (there.isEmpty() ? "" : " WHERE NOT EXISTS (SELECT FROM " + table + " x WHERE " + there + ")"));
    }

    private Operation update(SchemaModel model, Table table) {
        List<Column> columns = table.valueColumns();
        if (columns.isEmpty()) {
            return insert(model, table);
        }
        Values values = new Values(model, dice);
        Column first = dice.pick(columns);
        Column second = dice.pick(columns);
        String set = first.name() + " = " + values.value(first, number());
        if (!first.equals(second) && dice.percent(30)) {
            set += ", " + second.name() + " = " + values.value(second, number());
        }
        return Operation.of("UPDATE " + table + " SET " + set + some(table));
    }

    private Operation delete(Table table) {
        return Operation.of("DELETE FROM " + table + some(table));
    }

    /** It is refused where the key is there already. */
    private Operation changeKey(SchemaModel model, Table table) {
        Optional<Index> index = dice.pick(table.indexes(), any -> true);
        if (index.isEmpty()) {
            return update(model, table);
        }
        Column column = table.column(dice.pick(index.get().columns())).orElseThrow();
        return Operation.of("UPDATE " + table + " SET " + column.name() + " = "
                + new Values(model, dice).key(table, column, number()) + one(table));
    }

    /** All rows as they are, in the shape of now. */
    static String touch(Table table) {
        String column = table.columns().get(0).name();
        return "UPDATE " + table + " SET " + column + " = " + column;
    }

    private String number() {
        return String.valueOf(dice.between(1, NUMBERS));
    }

    private String some(Table table) {
        return dice.percent(5) ? "" : where(table, dice.between(1, 4));
    }

    private String one(Table table) {
        return where(table, 1);
    }

    private String where(Table table, int count) {
        String columns = names(
                table.keyColumns().isEmpty() ? List.of(table.columns().get(0).name()) : table.keyColumns());
        return " WHERE (" + columns + ") IN (SELECT " + columns + " FROM " + table + " ORDER BY " + columns + " OFFSET "
                + dice.below(15) + " LIMIT " + count + ")";
    }

    static Set<String> keys(Table table) {
        return table.indexes().stream()
                .flatMap(index -> index.columns().stream())
                .collect(Collectors.toSet());
    }

    static String names(List<String> columns) {
        return String.join(", ", columns);
    }
}
