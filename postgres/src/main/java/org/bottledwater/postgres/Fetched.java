package org.bottledwater.postgres;

import org.bottledwater.change.Tuple;

/**
 * Columns of a row as it is now.
 *
 * @param xmin the 32-bit number, unsigned, of the transaction that wrote this version of the row
 * @param columns those that were asked for, in that order
 */
public record Fetched(long xmin, Tuple columns) {}
