package org.bottledwater.pipeline;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;

/** The tables whose rows from before the stream are in Kafka, or were not wanted. */
final class KnownTables {
    private final Map<TableName, Known> known = new HashMap<>();
    private final Set<Integer> announced;

    /** The position at which the stream has caught up with every copy. */
    private long copiesLsn = Lsn.INVALID;

    private record Known(int oid, Optional<VisibleTransactions> copied) {}

    /** @param announced the OIDs of tables for which the stream has gone back before; added to */
    KnownTables(Set<Integer> announced) {
        this.announced = announced;
    }

    /** A table that was not copied, or that was copied by the very snapshot at which the stream begins. */
    void add(TableName name, int oid) {
        known.put(name, new Known(oid, Optional.empty()));
    }

    /**
     * A table that was copied ahead of the stream.
     *
     * @param copied what the copy shows of the changes that are still to come
     * @param lsn the position by which all that was committed
     */
    void add(TableName name, int oid, VisibleTransactions copied, long lsn) {
        known.put(name, new Known(oid, Optional.of(copied)));
        copiesLsn = Lsn.max(copiesLsn, lsn);
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
        known.replaceAll((name, table) -> new Known(table.oid, Optional.empty()));
        return true;
    }

    /**
     * Makes the stream go back, once, for a table that was not there when it began. When it comes again it has been
     * copied, or it exists in the log only: dropped or renamed since.
     */
    void requireKnown(Relation relation) {
        if (find(relation).isEmpty() && announced.add(relation.oid())) {
            throw new StreamRestart(StreamRestart.Reason.NEW_TABLE, "a new table: table=" + relation.name());
        }
    }

    /** What the copy of exactly this table shows. */
    Optional<VisibleTransactions> copied(Relation relation) {
        return find(relation).flatMap(Known::copied);
    }

    private Optional<Known> find(Relation relation) {
        return Optional.ofNullable(known.get(relation.name())).filter(table -> table.oid == relation.oid());
    }
}
