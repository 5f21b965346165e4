package org.bottledwater.cli.schema;

import java.util.List;

/**
 * Statements that belong together; if one is refused, none has happened.
 *
 * @param reshaped tables whose rows in the topic have another shape by now: they are written once more before they are judged
 */
record Operation(List<String> statements, List<Long> reshaped) {
    /** Nothing that could be done to these tables. */
    static final Operation NONE = new Operation(List.of(), List.of());

    Operation {
        statements = List.copyOf(statements);
        reshaped = List.copyOf(reshaped);
    }

    static Operation of(String... statements) {
        return new Operation(List.of(statements), List.of());
    }

    static Operation reshaping(SchemaModel.Table table, String... statements) {
        return new Operation(List.of(statements), List.of(table.oid()));
    }
}
