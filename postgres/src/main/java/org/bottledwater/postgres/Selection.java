package org.bottledwater.postgres;

import java.util.ArrayList;
import java.util.List;

/**
 * Which rows of a table are read.
 *
 * @param seenBy another snapshot's {@link SnapshotReader#visibleTransactions}: only rows that it sees, too, and that have not
 *     changed since; or empty. Not to be asked where transaction numbers have come round.
 * @param filter an SQL condition, or empty
 */
public record Selection(BlockRange range, String seenBy, String filter) {
    public static Selection of(BlockRange range) {
        return new Selection(range, "", "");
    }

    /** What stands behind the table's name. */
    String where() {
        List<String> conditions = new ArrayList<>();
        if (!range.equals(BlockRange.WHOLE)) {
            conditions.add("ctid >= '(" + range.from() + ",0)'::tid");
        }
        if (range.hasEnd()) {
            conditions.add("ctid < '(" + range.to() + ",0)'::tid");
        }
        if (!seenBy.isEmpty()) {
            conditions.add("txid_visible_in_snapshot(xmin::text::int8, " + Sessions.literal(seenBy) + ")");
        }
        if (!filter.isEmpty()) {
            conditions.add("(" + filter + ")");
        }
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }
}
