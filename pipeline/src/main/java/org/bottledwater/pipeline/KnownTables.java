package org.bottledwater.pipeline;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;

/** The tables whose rows from before the stream are in Kafka, or were not wanted. */
final class KnownTables {
    private final Map<TableName, Known> known = new HashMap<>();
    private final VisibleTransactions listed;

    /** The position at which the stream has caught up with every copy. */
    private long copiesLsn = Lsn.INVALID;

    private record Known(int oid, Optional<TableName> root, Optional<VisibleTransactions> copied) {}

    /** @param listed what was visible when the tables were listed */
    KnownTables(VisibleTransactions listed) {
        this.listed = listed;
    }

    /** A table that was not copied, or that was copied by the very snapshot at which the stream begins. */
    void add(TableName name, Optional<TableName> root, int oid) {
        known.put(name, new Known(oid, root, Optional.empty()));
    }

    /**
     * A table that was copied ahead of the stream.
     *
     * @param copied what the copy shows of the changes that are still to come
     * @param lsn the position by which all that was committed
     */
    void add(TableName name, Optional<TableName> root, int oid, VisibleTransactions copied, long lsn) {
        known.put(name, new Known(oid, root, Optional.of(copied)));
        copiesLsn = Lsn.max(copiesLsn, lsn);
    }

    /** Whether any copy lies ahead of the stream. */
    boolean hasCopies() {
        return copiesLsn != Lsn.INVALID;
    }

    /**
     * Whether the stream, now at {@code lsn}, has just caught up with the copies. They are forgotten then: transaction
     * numbers come round again.
     */
    boolean catchesUp(long lsn) {
        if (copiesLsn == Lsn.INVALID || Lsn.isBefore(lsn, copiesLsn)) {
            return false;
        }
        copiesLsn = Lsn.INVALID;
        known.replaceAll((name, table) -> new Known(table.oid, table.root, Optional.empty()));
        return true;
    }

    /**
     * Makes the stream go back for a table that was not there when the tables were listed. One that a listed transaction
     * changed and that is not among them exists in the log only: it was dropped or renamed since.
     *
     * @param xid the transaction that changes the table now
     */
    void requireKnown(Relation relation, int xid) {
        Known table = known.get(relation.name());
        boolean isKnown = table != null && table.oid == relation.oid();
        if (!isKnown && !listed.includes(xid)) {
            throw new StreamRestart(StreamRestart.Reason.NEW_TABLE, "a new table: table=" + relation.name());
        }
    }

    /** Whether the table was there when the tables were listed, and its rows were wanted. */
    boolean isListed(Relation relation) {
        Known table = known.get(relation.name());
        return table != null && table.oid == relation.oid();
    }

    /**
     * Whether the table was listed as a part of another partitioned table than {@code root}, or as one when it is none,
     * or the other way round: it was attached or detached since.
     */
    boolean hasMoved(Relation relation, Optional<TableName> root) {
        Known table = known.get(relation.name());
        return table != null && table.oid == relation.oid() && !table.root.equals(root);
    }

    /**
     * What the copy of the table of this name shows. A table that had the name before counts too: whoever changed that one
     * did so before the copy, and may not overwrite it.
     */
    Optional<VisibleTransactions> copied(TableName name) {
        return Optional.ofNullable(known.get(name)).flatMap(Known::copied);
    }
}
