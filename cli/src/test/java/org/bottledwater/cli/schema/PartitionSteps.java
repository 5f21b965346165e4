package org.bottledwater.cli.schema;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Partitioned tables, and tables that become their partitions or are such no more. */
final class PartitionSteps {
    private static final int RANGES = 5;

    private final Dice dice;
    private int named;

    PartitionSteps(Dice dice) {
        this.dice = dice;
    }

    /** One of those that a run begins with. */
    List<String> create() {
        String root = "public.p" + ++named;
        return List.of(
                "CREATE TABLE " + root
                        + " (id int, day int, v text, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
                "CREATE TABLE " + root + "_0 PARTITION OF " + root + range(0),
                "CREATE TABLE " + root + "_1 PARTITION OF " + root + range(1));
    }

    private static String range(int number) {
        return " FOR VALUES FROM (" + number * 10 + ") TO (" + (number + 1) * 10 + ")";
    }

    Operation next(SchemaModel model) {
        Optional<Table> any = dice.pick(model.tables(), Table::partitioned);
        if (any.isEmpty()) {
            return model.tables().size() > 10 ? Operation.NONE : new Operation(create(), List.of());
        }
        Table root = any.get();
        Optional<Table> partition = dice.pick(model.partitionsOf(root), one -> true);
        Optional<Integer> free = free(model, root);
        int what = dice.below(10);
        if (what < 3 || partition.isEmpty()) {
            return free.map(number ->
                            Operation.of("CREATE TABLE public.q" + ++named + " PARTITION OF " + root + range(number)))
                    .orElse(Operation.NONE);
        }
        Table leaf = partition.get();
        if (what < 5) {
            return Operation.of("ALTER TABLE " + root + " DETACH PARTITION " + leaf);
        }
        if (what < 7) {
            return free.map(number -> attach(model, root, number)).orElse(Operation.NONE);
        }
        if (what < 8) {
            return Operation.of("DROP TABLE " + leaf);
        }
        return what < 9
                ? Operation.of("TRUNCATE " + leaf)
                : Operation.of("ALTER TABLE " + leaf + " RENAME TO q" + ++named);
    }

    private Optional<Integer> free(SchemaModel model, Table root) {
        List<String> taken = model.partitionsOf(root).stream().map(Table::bound).toList();
        List<Integer> free = IntStream.range(0, RANGES)
                .filter(number -> !taken.contains(range(number).trim()))
                .boxed()
                .toList();
        return dice.pick(free, number -> true);
    }

    /** One that was detached, with the rows that fit there, or another one. */
    private Operation attach(SchemaModel model, Table root, int number) {
        Optional<Table> before = dice.pick(
                model.tables(),
                table -> table.isPlain()
                        && table.columns().equals(root.columns())
                        && table.keyColumns().equals(root.keyColumns()));
        if (before.isPresent() && dice.percent(80)) {
            return Operation.of(
                    "DELETE FROM " + before.get() + " WHERE day NOT BETWEEN " + number * 10 + " AND "
                            + (number * 10 + 9),
                    "ALTER TABLE " + root + " ATTACH PARTITION " + before.get() + range(number));
        }
        String made = "public.q" + ++named;
        return Operation.of(
                "CREATE TABLE " + made + " (LIKE " + root + " INCLUDING ALL)",
                "INSERT INTO " + made + " (id, day) SELECT g, " + number * 10 + " + g % 10 FROM generate_series("
                        + dice.between(1, 30) + ", 32) g",
                "ALTER TABLE " + root + " ATTACH PARTITION " + made + range(number));
    }
}
