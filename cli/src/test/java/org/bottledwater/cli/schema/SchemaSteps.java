package org.bottledwater.cli.schema;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Draws what is done next to the tables that there are. */
final class SchemaSteps {
    private static final int TRIES = 50;
    private static final int TABLES_FIRST = 4;
    private static final int OTHERS_MIN = 30;

    private final Dice dice;
    private final Map<Family, Draw> draws = new EnumMap<>(Family.class);
    private final TableSteps tables;
    private final PartitionSteps partitions;
    private final List<Family> urn = new ArrayList<>();

    /** Draws an operation, or {@link Operation#NONE}. */
    @FunctionalInterface
    private interface Draw {
        Operation next(SchemaModel model);
    }

    SchemaSteps(Plan plan, Dice dice) {
        this.dice = dice;
        Set<Family> families = plan.families();
        RowSteps rows = new RowSteps(dice);
        tables = new TableSteps(dice, families, rows);
        partitions = new PartitionSteps(dice);
        ColumnSteps columns = new ColumnSteps(dice, families);
        TypeSteps types = new TypeSteps(dice);
        PublicationSteps publications =
                new PublicationSteps(dice, plan.publicationName(), Integer.parseInt(plan.major()) >= 15);
        draws.put(Family.ROWS, rows::rows);
        draws.put(Family.VALUE_COLUMNS, columns::valueColumns);
        draws.put(Family.TRUNCATE, tables::truncate);
        draws.put(Family.CREATE, tables::create);
        draws.put(Family.DROP, tables::drop);
        draws.put(Family.RENAME, tables::rename);
        draws.put(Family.REUSE, model -> dice.percent(50) ? tables.create(model) : tables.rename(model));
        draws.put(Family.DROP_CREATE, tables::dropAndCreate);
        draws.put(Family.SWAP, tables::swap);
        draws.put(Family.STAGING, tables::staging);
        draws.put(Family.AWAY_AND_BACK, tables::awayAndBack);
        draws.put(Family.VIEW, tables::view);
        draws.put(Family.UNLOGGED, tables::unlogged);
        draws.put(Family.RETYPE_VALUE, columns::retype);
        draws.put(Family.COLUMN_REUSE, columns::reuse);
        draws.put(Family.COMMENT, columns::comment);
        draws.put(Family.REKEY_RENAME, columns::renameKey);
        draws.put(Family.REKEY_RETYPE, columns::retypeKey);
        draws.put(Family.REKEY_COLUMNS, columns::anotherKey);
        draws.put(Family.IDENTITY, columns::identity);
        draws.put(Family.IDENTITY_INDEX, columns::identityIndex);
        draws.put(Family.IDENTITY_NOTHING, columns::identityNothing);
        draws.put(Family.DEFERRABLE, columns::deferrable);
        draws.put(Family.KEY_TOAST, rows::rows);
        draws.put(Family.UNKEYED, columns::unkeyed);
        draws.put(Family.KEY_LATER, tables::keyLater);
        draws.put(Family.GENERATED, columns::generated);
        draws.put(Family.PARTITION, partitions::next);
        draws.put(Family.COMPOSITE, types::composite);
        draws.put(Family.ENUM, types::enumeration);
        draws.put(Family.PUBLICATION, publications::membership);
        draws.put(Family.PUBLICATION_SHAPE, publications::shape);
        fill(families.stream().filter(plan::allows).toList());
    }

    /** Few kinds come as often as many would. */
    private void fill(List<Family> families) {
        int others = families.stream().mapToInt(family -> family.weight).sum() - Family.ROWS.weight;
        int times = Math.max(1, OTHERS_MIN / Math.max(1, others));
        for (Family family : families) {
            urn.addAll(Collections.nCopies(family == Family.ROWS ? family.weight : times * family.weight, family));
        }
    }

    /** What there is in front of everything. */
    List<String> first(Set<Family> families) {
        List<String> statements = new ArrayList<>(List.of("CREATE SCHEMA s2"));
        statements.addAll(TypeSteps.TYPES);
        if (families.contains(Family.COMPOSITE)) {
            statements.add("CREATE TABLE public.shape (id int PRIMARY KEY, a text)");
        }
        for (int i = 0; i < TABLES_FIRST; i++) {
            statements.add(tables.create());
        }
        if (families.contains(Family.PARTITION)) {
            statements.addAll(partitions.create());
        }
        return statements;
    }

    Operation next(SchemaModel model) {
        for (int i = 0; i < TRIES; i++) {
            Draw draw = draws.get(dice.pick(urn));
            Operation operation = draw == null ? Operation.NONE : draw.next(model);
            if (!operation.statements().isEmpty()) {
                return operation;
            }
        }
        return Operation.NONE;
    }
}
