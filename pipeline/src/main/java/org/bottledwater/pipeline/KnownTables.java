package org.bottledwater.pipeline;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Table;

/**
 * The tables that are captured, and those that were. A table is its OID: the WAL may name it as it was called before, and its
 * name of then may be that of another table by now. Only where test_decoding tells no OID the name has to do.
 */
final class KnownTables {
    private final Map<Integer, Known> known = new HashMap<>();
    private final Map<TableName, Integer> names = new HashMap<>();
    private final VisibleTransactions listed;
    private final Set<Integer> existing;
    private final Set<TableName> filled = new HashSet<>();

    /** The position at which the stream has caught up with every copy. */
    private long copiesLsn = Lsn.INVALID;

    /**
     * One of them.
     *
     * @param name under which its messages go
     * @param listedName as the catalog had it when the tables were listed
     * @param root the partitioned table in whose topic its rows are
     * @param key its message key ({@link org.bottledwater.kafka.CapturedAs}); empty if unknown
     * @param copied what the copy shows of the changes that are still to come, if it lies ahead of the stream
     * @param hasLeft whether the table is dropped or no longer captured
     */
    record Known(
            int oid,
            TableName name,
            TableName listedName,
            Optional<TableName> root,
            String key,
            Optional<VisibleTransactions> copied,
            boolean hasLeft) {}

    /**
     * @param listed what was visible when the tables were listed
     * @param existing the OIDs of all ordinary tables shortly before that
     */
    KnownTables(VisibleTransactions listed, Set<Integer> existing) {
        this.listed = listed;
        this.existing = new HashSet<>(existing);
    }

    /** A table that was not copied, or that was copied by the very snapshot at which the stream begins. */
    void add(Table table, String key) {
        put(table, key, Optional.empty());
    }

    /**
     * A table that was copied ahead of the stream.
     *
     * @param copied what the copy shows of the changes that are still to come
     * @param lsn the position by which all that was committed
     */
    void add(Table table, String key, VisibleTransactions copied, long lsn) {
        put(table, key, Optional.of(copied));
        copiesLsn = Lsn.max(copiesLsn, lsn);
    }

    private void put(Table table, String key, Optional<VisibleTransactions> copied) {
        put(new Known(table.oid(), table.knownAs(), table.name(), table.root(), key, copied, false));
        existing.add(table.oid());
    }

    /** A table that was captured: changes of it may still come. */
    void addLeft(TableProgress progress) {
        if (!known.containsKey(progress.oid())) {
            put(new Known(
                    progress.oid(),
                    progress.table(),
                    progress.table(),
                    progress.root(),
                    progress.capturedAs().key(),
                    Optional.empty(),
                    true));
        }
    }

    /** Rows that the WAL has under a name that a table had before belong to that table, unless another one has it now. */
    void addFormerName(TableName name, int oid) {
        names.putIfAbsent(name, oid);
    }

    private void put(Known table) {
        known.put(table.oid(), table);
        if (table.hasLeft()) {
            names.putIfAbsent(table.name(), table.oid());
        } else {
            names.put(table.listedName(), table.oid());
            names.putIfAbsent(table.name(), table.oid());
        }
    }

    /** What is known of the table of a relation. */
    Optional<Known> find(Relation relation) {
        int oid = relation.oid() == 0 ? names.getOrDefault(relation.name(), 0) : relation.oid();
        return Optional.ofNullable(known.get(oid));
    }

    /** The captured table whose messages go under this name, or that has it in the catalog. */
    Optional<Known> captured(TableName name) {
        return Optional.ofNullable(known.get(names.getOrDefault(name, 0))).filter(table -> !table.hasLeft());
    }

    /** The topic of this name has the rows of a table that is no longer captured. */
    void addFilled(TableName name) {
        filled.add(name);
    }

    /** The topics of tables that are captured, or were. */
    Set<String> topics(Settings settings) {
        Set<String> topics = new HashSet<>();
        filled.forEach(name -> topics.add(TopicNames.topic(settings, name)));
        known.values().stream()
                .filter(table -> !table.hasLeft())
                .forEach(table ->
                        topics.add(TopicNames.topic(settings, table.root().orElse(table.name()))));
        return topics;
    }

    /** Those of these tables that are captured, and whose copy does not show what a transaction has done. */
    List<Integer> notCopied(Set<Integer> oids, int xid) {
        return oids.stream()
                .map(known::get)
                .filter(table -> table != null && !table.hasLeft())
                .filter(table ->
                        table.copied().filter(copy -> copy.includes(xid)).isEmpty())
                .map(Known::oid)
                .toList();
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
        known.replaceAll((oid, table) ->
                new Known(oid, table.name, table.listedName, table.root, table.key, Optional.empty(), table.hasLeft));
        return true;
    }

    /**
     * Whether the table of a relation that is not known was created since the tables were listed. One that a listed
     * transaction changed, and that did not exist then, is in the WAL only: it was dropped before.
     *
     * @param xid the transaction that changes the table now
     */
    boolean isNew(Relation relation, int xid) {
        return !existing.contains(relation.oid()) && !listed.includes(xid);
    }

    /**
     * What the copy of the table shows. A table that had its name before counts too: what changed that one did so before
     * the copy, and may not overwrite it.
     */
    Optional<VisibleTransactions> copied(Relation relation) {
        Known table = known.get(relation.oid());
        if (table == null || table.hasLeft()) {
            table = known.get(names.getOrDefault(relation.name(), 0));
        }
        return table == null ? Optional.empty() : table.copied();
    }
}
