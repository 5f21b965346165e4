package org.bottledwater.cli.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.cli.schema.SchemaModel.Name;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Tables that come, go, and take one another's names. */
final class TableSteps {
    private static final int TABLES_MIN = 3;
    private static final int TABLES_MAX = 8;
    private static final List<String> POOL = List.of("a", "b", "c", "d", "e", "f");

    private final Dice dice;
    private final Set<Family> families;
    private final RowSteps rows;
    private int named;

    TableSteps(Dice dice, Set<Family> families, RowSteps rows) {
        this.dice = dice;
        this.families = families;
        this.rows = rows;
    }

    Operation create(SchemaModel model) {
        return model.tables().size() >= TABLES_MAX ? Operation.NONE : Operation.of(create(name(model)));
    }

    /** One of those that a run begins with. */
    String create() {
        return create(fresh());
    }

    private String create(Name name) {
        List<String> columns = new ArrayList<>();
        List<String> key = new ArrayList<>();
        String type = dice.pick(List.of("int", "int", "bigint", "varchar(20)", "text"));
        if (families.contains(Family.KEY_TOAST) && dice.percent(50)) {
            columns.add("large text");
            key.add("large");
        } else {
            columns.add("id " + type);
            key.add("id");
        }
        if (dice.percent(20)) {
            boolean label = families.contains(Family.ENUM) && dice.percent(50);
            columns.add(label ? "k2 mood" : "k2 int");
            key.add("k2");
        }
        columns.add(dice.below(columns.size() + 1), "v text");
        columns.add("n int");
        if (families.contains(Family.ENUM) && dice.percent(50)) {
            columns.add("m mood");
        }
        if (families.contains(Family.COMPOSITE) && dice.percent(60)) {
            columns.add(dice.pick(List.of("o addr", "o addr", "o addr[]", "o home", "o place", "o shape")));
        }
        if (dice.percent(30)) {
            columns.add("xs int[]");
        }
        if ((families.contains(Family.IDENTITY_INDEX) || families.contains(Family.REKEY_COLUMNS)) && dice.percent(50)) {
            columns.add("u int NOT NULL UNIQUE");
        }
        boolean keyed = !families.contains(Family.UNKEYED) || dice.percent(70);
        if (keyed) {
            columns.add("PRIMARY KEY (" + String.join(", ", key) + ")");
        }
        return "CREATE TABLE " + name + " (" + String.join(", ", columns) + ")";
    }

    /** One that no table has had. */
    private Name fresh() {
        return new Name(schema(), "t" + ++named);
    }

    private String schema() {
        return dice.percent(80) ? "public" : "s2";
    }

    private Name name(SchemaModel model) {
        if (families.contains(Family.REUSE)) {
            for (int i = 0; i < 20; i++) {
                Name name = new Name(schema(), dice.pick(POOL));
                if (model.isFree(name)) {
                    return name;
                }
            }
        }
        return fresh();
    }

    private Optional<Table> any(SchemaModel model) {
        return dice.pick(model.tables(), table -> !table.isPartition());
    }

    /** As CREATE TABLE AS makes it, and a restored dump. */
    Operation keyLater(SchemaModel model) {
        if (model.tables().size() >= TABLES_MAX) {
            return drop(model);
        }
        Name name = name(model);
        String rows =
                " SELECT g AS id, 'v' || g AS v, g * 3 AS n FROM generate_series(1, " + dice.between(0, 20) + ") g";
        List<String> statements = new ArrayList<>();
        if (dice.percent(50)) {
            statements.add("CREATE TABLE " + name + " AS" + rows);
        } else {
            statements.addAll(List.of(
                    "CREATE TABLE " + name + " (id int, v text, n int)",
                    "COMMIT",
                    "BEGIN",
                    "INSERT INTO " + name + rows));
        }
        statements.addAll(List.of(
                "COMMIT",
                "BEGIN",
                dice.percent(30) ? "DROP TABLE " + name : "ALTER TABLE " + name + " ADD PRIMARY KEY (id)",
                // Whatever becomes of the rest: it has its key.
                "COMMIT",
                "BEGIN"));
        return new Operation(statements, List.of());
    }

    Operation drop(SchemaModel model) {
        return any(model)
                .filter(table -> model.tables().size() > TABLES_MIN)
                .map(table -> Operation.of("DROP TABLE " + table + " CASCADE"))
                .orElse(Operation.NONE);
    }

    Operation truncate(SchemaModel model) {
        Optional<Table> one = dice.pick(model.tables(), table -> true);
        Optional<Table> two = dice.percent(20) ? any(model) : Optional.empty();
        return one.map(table -> Operation.of("TRUNCATE " + table
                        + two.filter(other -> other.oid() != table.oid())
                                .map(other -> ", " + other)
                                .orElse("")))
                .orElse(Operation.NONE);
    }

    Operation rename(SchemaModel model) {
        return any(model)
                .map(table -> {
                    Name target = name(model);
                    return new Operation(rename(table.name(), target), List.of());
                })
                .orElse(Operation.NONE);
    }

    /** In at most two statements. */
    private static List<String> rename(Name from, Name to) {
        List<String> statements = new ArrayList<>();
        if (!from.name().equals(to.name())) {
            statements.add("ALTER TABLE " + from + " RENAME TO " + to.name());
        }
        if (!from.schema().equals(to.schema())) {
            statements.add("ALTER TABLE " + new Name(from.schema(), to.name()) + " SET SCHEMA " + to.schema());
        }
        return statements;
    }

    Operation dropAndCreate(SchemaModel model) {
        return dice.pick(model.tables(), Table::isPlain)
                .map(table -> Operation.of("DROP TABLE " + table + " CASCADE", create(table.name())))
                .orElse(Operation.NONE);
    }

    Operation swap(SchemaModel model) {
        Optional<Table> one = any(model);
        Optional<Table> two = any(model);
        if (one.isEmpty() || two.isEmpty() || one.get().oid() == two.get().oid()) {
            return Operation.NONE;
        }
        Name between = fresh();
        List<String> statements = new ArrayList<>(rename(one.get().name(), between));
        statements.addAll(rename(two.get().name(), one.get().name()));
        statements.addAll(rename(between, two.get().name()));
        return new Operation(statements, List.of());
    }

    Operation staging(SchemaModel model) {
        Optional<Table> real = dice.pick(model.tables(), Table::isPlain);
        if (real.isEmpty()) {
            return Operation.NONE;
        }
        Table table = real.get();
        Name built = fresh();
        List<String> statements = new ArrayList<>();
        statements.add("CREATE TABLE " + built + " (LIKE " + table + " INCLUDING ALL)");
        statements.add("INSERT INTO " + built + " SELECT * FROM " + table
                + (dice.percent(50) ? "" : " OFFSET " + dice.below(10)));
        boolean keep = model.tables().size() < TABLES_MAX && dice.percent(40);
        if (keep) {
            statements.addAll(rename(table.name(), fresh()));
        } else {
            statements.add("DROP TABLE " + table + " CASCADE");
        }
        statements.addAll(rename(built, table.name()));
        return new Operation(statements, List.of());
    }

    Operation awayAndBack(SchemaModel model) {
        Optional<Table> any = any(model).filter(table -> !table.columns().isEmpty());
        if (any.isEmpty()) {
            return Operation.NONE;
        }
        Name there = fresh();
        Table table = any.get();
        List<String> statements = new ArrayList<>(rename(table.name(), there));
        if (dice.percent(60)) {
            statements.addAll(rows.insert(model, called(table, there)).statements());
        }
        statements.addAll(rename(there, table.name()));
        return new Operation(statements, List.of());
    }

    private static Table called(Table table, Name name) {
        return new Table(
                table.oid(),
                name,
                table.partitioned(),
                table.logged(),
                table.identity(),
                table.parent(),
                table.bound(),
                table.columns(),
                table.indexes());
    }

    /** A migration without a pause: the table has another name, and its old one is a view. */
    Operation view(SchemaModel model) {
        if (!model.views().isEmpty() && dice.percent(50)) {
            return Operation.of("DROP VIEW " + dice.pick(model.views()));
        }
        Optional<Table> any = dice.pick(model.tables(), Table::isPlain);
        if (any.isEmpty()) {
            return Operation.NONE;
        }
        Name there = fresh();
        Name name = any.get().name();
        List<String> statements = new ArrayList<>(rename(name, there));
        statements.add("CREATE VIEW " + name + " AS SELECT * FROM " + there);
        return new Operation(statements, List.of());
    }

    Operation unlogged(SchemaModel model) {
        return dice.pick(model.tables(), table -> table.isPlain() && (!table.logged() || dice.percent(40)))
                .map(table -> Operation.of("ALTER TABLE " + table + " SET " + (table.logged() ? "UNLOGGED" : "LOGGED")))
                .orElse(Operation.NONE);
    }
}
