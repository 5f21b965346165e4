package org.bottledwater.cli.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.cli.schema.SchemaModel.Column;
import org.bottledwater.cli.schema.SchemaModel.Index;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Columns that come, go and become others; keys and replica identities. */
final class ColumnSteps {
    private static final int COLUMNS_MAX = 10;

    private final Dice dice;
    private final Set<Family> families;
    private int named;

    ColumnSteps(Dice dice, Set<Family> families) {
        this.dice = dice;
        this.families = families;
    }

    private Optional<Table> any(SchemaModel model) {
        return dice.pick(model.tables(), table -> !table.isPartition());
    }

    private String fresh() {
        return "c" + ++named;
    }

    Operation valueColumns(SchemaModel model) {
        Optional<Table> any = any(model);
        if (any.isEmpty()) {
            return Operation.NONE;
        }
        Table table = any.get();
        Optional<Column> column = dice.pick(table.valueColumns(), one -> true);
        int what = dice.below(10);
        if (column.isEmpty() || (what < 4 && table.columns().size() < COLUMNS_MAX)) {
            return Operation.of("ALTER TABLE " + table + " ADD COLUMN " + fresh() + " "
                    + dice.pick(List.of("int", "text", "text DEFAULT 'new'", "bigint DEFAULT 7", "int[]")));
        }
        return what < 7
                ? Operation.of(
                        "ALTER TABLE " + table + " DROP COLUMN " + column.get().name())
                : Operation.of("ALTER TABLE " + table + " RENAME COLUMN "
                        + column.get().name() + " TO " + fresh());
    }

    Operation retype(SchemaModel model) {
        Optional<Table> table = any(model);
        Optional<Column> column = table.flatMap(t -> dice.pick(t.valueColumns(), c -> isPlain(c.type())));
        return column.isEmpty() ? Operation.NONE : retype(table.get(), column.get());
    }

    private static boolean isPlain(String type) {
        return List.of("integer", "bigint", "text").contains(type) || type.startsWith("character varying");
    }

    private Operation retype(Table table, Column column) {
        String type = switch (column.type()) {
            case "integer" -> dice.pick(List.of("bigint", "text"));
            case "bigint" -> dice.pick(List.of("int", "text"));
            case "text" -> "varchar(9000)";
            default -> "text";
        };
        return Operation.reshaping(table, "ALTER TABLE " + table + " ALTER COLUMN " + column.name() + " TYPE " + type);
    }

    /** The name of a column passes to another one. */
    Operation reuse(SchemaModel model) {
        Optional<Table> any = any(model);
        Optional<Column> one = any.flatMap(table -> dice.pick(table.valueColumns(), column -> true));
        if (one.isEmpty()) {
            return Operation.NONE;
        }
        Table table = any.get();
        String name = one.get().name();
        String alter = "ALTER TABLE " + table;
        Optional<Column> two = dice.pick(table.valueColumns(), column -> !column.equals(one.get()));
        if (two.isPresent() && dice.percent(50)) {
            String other = two.get().name();
            String between = fresh();
            return Operation.reshaping(
                    table,
                    alter + " RENAME COLUMN " + name + " TO " + between,
                    alter + " RENAME COLUMN " + other + " TO " + name,
                    alter + " RENAME COLUMN " + between + " TO " + other);
        }
        return Operation.reshaping(
                table,
                alter + " DROP COLUMN " + name,
                alter + " ADD COLUMN " + name + " " + dice.pick(List.of("text", "int", "text DEFAULT 'again'")));
    }

    /** They are in no message. */
    Operation generated(SchemaModel model) {
        Optional<Table> any = any(model);
        Optional<Column> from = any.flatMap(
                table -> dice.pick(table.valueColumns(), column -> column.type().equals("integer")));
        if (from.isEmpty()) {
            return Operation.NONE;
        }
        Table table = any.get();
        Optional<Column> made = dice.pick(table.columns(), Column::generated);
        if (made.isPresent()) {
            return Operation.of(
                    "ALTER TABLE " + table + " DROP COLUMN " + made.get().name());
        }
        return Operation.of("ALTER TABLE " + table + " ADD COLUMN " + fresh() + " int GENERATED ALWAYS AS ("
                + from.get().name() + " + 1) STORED");
    }

    Operation comment(SchemaModel model) {
        Optional<Table> table = any(model);
        if (table.isEmpty()) {
            return Operation.NONE;
        }
        String text = " IS " + (dice.percent(20) ? "NULL" : "'remark " + dice.below(1000) + "'");
        Optional<Column> column = dice.pick(table.get().columns(), one -> true);
        return Operation.of(
                column.isEmpty() || dice.percent(20)
                        ? "COMMENT ON TABLE " + table.get() + text
                        : "COMMENT ON COLUMN " + table.get() + "."
                                + column.get().name() + text);
    }

    private Optional<Column> keyColumn(Table table) {
        return dice.pick(table.columns(), column -> table.keyColumns().contains(column.name()));
    }

    Operation renameKey(SchemaModel model) {
        Optional<Table> table =
                dice.pick(model.tables(), t -> t.isPlain() && !t.keyColumns().isEmpty());
        return table.map(t -> Operation.reshaping(
                        t,
                        "ALTER TABLE " + t + " RENAME COLUMN "
                                + keyColumn(t).orElseThrow().name() + " TO " + fresh()))
                .orElse(Operation.NONE);
    }

    Operation retypeKey(SchemaModel model) {
        Optional<Table> table =
                dice.pick(model.tables(), t -> t.isPlain() && !t.keyColumns().isEmpty());
        Optional<Column> column = table.flatMap(this::keyColumn).filter(c -> isPlain(c.type()));
        if (column.isEmpty()) {
            return Operation.NONE;
        }
        String type = switch (column.get().type()) {
            case "integer" -> "bigint";
            case "bigint" -> "int";
            case "text" -> "varchar(9000)";
            default -> dice.pick(List.of("text", "varchar(40)"));
        };
        return Operation.reshaping(
                table.get(),
                "ALTER TABLE " + table.get() + " ALTER COLUMN " + column.get().name() + " TYPE " + type);
    }

    /** The primary key moves to other columns. */
    Operation anotherKey(SchemaModel model) {
        Optional<Table> any =
                dice.pick(model.tables(), t -> t.isPlain() && t.primaryKey().isPresent());
        if (any.isEmpty()) {
            return Operation.NONE;
        }
        Table table = any.get();
        Index key = table.primaryKey().orElseThrow();
        List<String> columns = new ArrayList<>(key.columns());
        List<String> statements = new ArrayList<>();
        int what = dice.below(3);
        if (what == 0 && columns.size() > 1) {
            columns.remove(dice.below(columns.size()));
        } else if (what == 1) {
            dice.pick(table.valueColumns(), column -> column.type().equals("integer"))
                    .ifPresent(column -> {
                        statements.add("UPDATE " + table + " SET " + column.name() + " = 0 WHERE " + column.name()
                                + " IS NULL");
                        columns.add(column.name());
                    });
        } else if (table.column("u").isPresent()) {
            columns.clear();
            columns.add("u");
        } else {
            String name = fresh();
            statements.add("ALTER TABLE " + table + " ADD COLUMN " + name + " int");
            statements.add("UPDATE " + table + " t SET " + name
                    + " = s.r FROM (SELECT ctid AS c, row_number() OVER (ORDER BY "
                    + RowSteps.names(key.columns()) + ") AS r FROM " + table + ") s WHERE s.c = t.ctid");
            columns.clear();
            columns.add(name);
        }
        statements.add("ALTER TABLE " + table + " DROP CONSTRAINT " + key.name() + " CASCADE");
        statements.add("ALTER TABLE " + table + " ADD PRIMARY KEY (" + RowSteps.names(columns) + ")");
        if (dice.percent(50)) {
            // In one statement nobody ever sees the table without key.
            int last = statements.size();
            statements.set(last - 2, statements.get(last - 2) + ", ADD PRIMARY KEY (" + RowSteps.names(columns) + ")");
            statements.remove(last - 1);
        }
        return new Operation(statements, List.of(table.oid()));
    }

    Operation identity(SchemaModel model) {
        return identity(model, dice.percent(50) ? "FULL" : "DEFAULT");
    }

    Operation identityNothing(SchemaModel model) {
        return identity(model, dice.percent(40) ? "NOTHING" : "DEFAULT");
    }

    private Operation identity(SchemaModel model, String identity) {
        return dice.pick(model.tables(), table -> identity.equals("NOTHING") ? table.isPlain() : !table.partitioned())
                .map(table -> Operation.of("ALTER TABLE " + table + " REPLICA IDENTITY " + identity))
                .orElse(Operation.NONE);
    }

    Operation identityIndex(SchemaModel model) {
        if (dice.percent(40)) {
            return identity(model, "DEFAULT");
        }
        Optional<Table> table = dice.pick(model.tables(), t -> t.isPlain() && !other(t).isEmpty());
        return table.map(t -> Operation.of("ALTER TABLE " + t + " REPLICA IDENTITY USING INDEX "
                        + dice.pick(other(t)).name()))
                .orElse(Operation.NONE);
    }

    private static List<Index> other(Table table) {
        return table.indexes().stream()
                .filter(index -> !index.primary() && index.immediate())
                .toList();
    }

    /** A key that is checked at the commit, so that all may be shifted at once; that needs replica identity full. */
    Operation deferrable(SchemaModel model) {
        Optional<Table> any = dice.pick(
                model.tables(),
                t -> t.isPlain()
                        && t.keyColumns().size() == 1
                        && t.column(t.keyColumns().get(0)).orElseThrow().type().matches("integer|bigint"));
        if (any.isEmpty()) {
            return Operation.NONE;
        }
        Table table = any.get();
        String column = table.keyColumns().get(0);
        Index key = table.primaryKey().orElseThrow();
        if (key.immediate()) {
            return Operation.of(
                    "ALTER TABLE " + table + " REPLICA IDENTITY FULL",
                    "ALTER TABLE " + table + " DROP CONSTRAINT " + key.name() + ", ADD PRIMARY KEY (" + column
                            + ") DEFERRABLE INITIALLY DEFERRED");
        }
        return Operation.of(
                switch (dice.below(3)) {
                    case 0 -> "UPDATE " + table + " SET " + column + " = " + column + " + 1";
                    case 1 -> "UPDATE " + table + " SET " + column + " = 61 - " + column;
                    default ->
                        "UPDATE " + table + " SET " + column + " = " + column + " + CASE WHEN " + column
                                + " % 2 = 0 THEN 1 ELSE -1 END";
                });
    }

    /** Tables lose their key, or get one. */
    Operation unkeyed(SchemaModel model) {
        Optional<Table> any = dice.pick(model.tables(), Table::isPlain);
        if (any.isEmpty() || !families.contains(Family.UNKEYED)) {
            return Operation.NONE;
        }
        Table table = any.get();
        if (table.primaryKey().isPresent()) {
            return dice.percent(50)
                    ? Operation.NONE
                    : Operation.of("ALTER TABLE " + table + " DROP CONSTRAINT "
                            + table.primaryKey().get().name() + " CASCADE");
        }
        String key = table.columns().stream()
                .map(Column::name)
                .filter(name -> name.equals("id") || name.equals("large") || name.equals("u"))
                .findFirst()
                .orElse("");
        return key.isEmpty()
                ? Operation.NONE
                : Operation.of(
                        "DELETE FROM " + table + " x USING " + table + " y WHERE x." + key + " = y." + key
                                + " AND x.ctid > y.ctid",
                        "DELETE FROM " + table + " WHERE " + key + " IS NULL",
                        "ALTER TABLE " + table + " ADD PRIMARY KEY (" + key + ")");
    }
}
