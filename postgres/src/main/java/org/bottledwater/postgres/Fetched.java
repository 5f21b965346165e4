package org.bottledwater.postgres;

import org.bottledwater.change.Tuple;

/**
 * Columns of a row as it is now.
 *
 * @param xmin the 32-bit number, unsigned, of the transaction that wrote this version of the row
 * @param columns those that were asked for, in that order; {@link org.bottledwater.change.ColumnState#UNCHANGED} for one of which
 *     it is not known which column of the table it is now
 */
public record Fetched(long xmin, Tuple columns) {}
