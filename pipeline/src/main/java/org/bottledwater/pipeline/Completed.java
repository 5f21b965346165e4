package org.bottledwater.pipeline;

import java.util.List;

/**
 * How far a row can be trusted whose large values were not all in the log.
 *
 * @param readLater columns whose values may be those of a later change of the row, whose own message follows
 * @param unknown columns that are null because their values could not be had: the row is gone, or has no key to find it by
 */
record Completed(List<String> readLater, List<String> unknown) {
    static final Completed EXACT = new Completed(List.of(), List.of());

    boolean isExact() {
        return readLater.isEmpty() && unknown.isEmpty();
    }
}
