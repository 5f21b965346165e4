package org.bottledwater.cli.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Tables that leave a publication and come back, and the user's own publication in other shapes. */
final class PublicationSteps {
    private final Dice dice;
    private final String publication;
    /** Row filters and column lists. */
    private final boolean shapes;

    PublicationSteps(Dice dice, String publication, boolean shapes) {
        this.dice = dice;
        this.publication = publication;
        this.shapes = shapes;
    }

    Operation membership(SchemaModel model) {
        Optional<Table> any = dice.pick(model.tables(), table -> table.isPlain() && table.logged());
        if (any.isEmpty() || !model.hasPublication()) {
            return Operation.NONE;
        }
        String table = any.get().toString();
        String alter = "ALTER PUBLICATION " + publication;
        if (!model.published().containsKey(any.get().oid())) {
            return Operation.of(alter + " ADD TABLE " + table);
        }
        List<String> statements = new ArrayList<>(List.of(alter + " DROP TABLE " + table));
        if (dice.percent(60)) {
            statements.add(RowSteps.touch(any.get()) + " WHERE " + (dice.percent(50) ? "true" : "random() < 0.5"));
            if (dice.percent(50)) {
                statements.add("DELETE FROM " + table);
            }
            statements.add(alter + " ADD TABLE " + table);
        }
        return new Operation(statements, List.of());
    }

    Operation shape(SchemaModel model) {
        if (dice.percent(25)) {
            return Operation.of("ALTER PUBLICATION " + publication + " SET (publish = '"
                    + (dice.percent(30)
                            ? dice.pick(List.of("insert", "insert, update", "insert, delete, truncate"))
                            : "insert, update, delete, truncate")
                    + "')");
        }
        Optional<Table> any = dice.pick(
                model.tables(), table -> table.isPlain() && model.published().containsKey(table.oid()));
        if (any.isEmpty() || !shapes) {
            return Operation.NONE;
        }
        Table table = any.get();
        String columns = "";
        String filter = "";
        if (dice.percent(40)) {
            List<String> names = new ArrayList<>(
                    table.columns().stream().map(SchemaModel.Column::name).toList());
            names.removeIf(name -> !RowSteps.keys(table).contains(name) && dice.percent(40));
            columns = " (" + RowSteps.names(names) + ")";
        }
        if (dice.percent(40) && table.column("id").isPresent()) {
            filter = " WHERE (length(id::text) " + dice.pick(List.of("= 1", "= 2", "> 1")) + ")";
        }
        return new Operation(
                List.of(
                        "ALTER PUBLICATION " + publication + " DROP TABLE " + table,
                        "ALTER PUBLICATION " + publication + " ADD TABLE " + table + columns + filter),
                List.of(table.oid()));
    }
}
