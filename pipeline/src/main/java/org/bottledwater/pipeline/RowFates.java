package org.bottledwater.pipeline;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What becomes of rows by the end of the stretch of a transaction that is held, learned from its changes, the last one first. A
 * row is known by its table and key.
 */
final class RowFates {
    private final Map<RowId, Fate> fates = new HashMap<>();
    private final Set<Integer> truncated = new HashSet<>();

    /** A table and the text forms of its key columns. */
    record RowId(int oid, List<String> key) {}

    /**
     * Of a row as of one change.
     *
     * @param key that it has in the end
     * @param changed columns that get a value of their own later
     * @param gone whether it is deleted later
     */
    record Fate(List<String> key, Set<String> changed, boolean gone) {}

    Fate of(RowId row) {
        Fate known = fates.get(row);
        return known == null ? new Fate(row.key(), Set.of(), truncated.contains(row.oid())) : known;
    }

    /** @param values the columns that the update has values for */
    void updated(RowId before, RowId after, Set<String> values) {
        Fate later = of(after);
        Set<String> changed = new HashSet<>(later.changed());
        changed.addAll(values);
        if (!before.equals(after)) {
            fates.remove(after);
        }
        fates.put(before, new Fate(later.key(), changed, later.gone()));
    }

    void deleted(RowId row) {
        fates.put(row, new Fate(row.key(), Set.of(), true));
    }

    void truncated(int oid) {
        fates.keySet().removeIf(row -> row.oid() == oid);
        truncated.add(oid);
    }
}
