package org.bottledwater.change;

/** Receives the rows of a table's copy. The tuple is valid during the call only. */
@FunctionalInterface
public interface RowHandler {
    void row(Relation relation, Tuple row);
}
