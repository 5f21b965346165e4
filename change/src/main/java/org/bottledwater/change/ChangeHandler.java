package org.bottledwater.change;

import java.util.List;

/**
 * Receives the committed changes of a database in commit order: {@code begin}, changes, {@code commit}, and so on.
 *
 * <p>Tuples are valid during the call only. Times are microseconds since 1970-01-01 UTC. Positions are {@link Lsn}s.
 */
public interface ChangeHandler {
    /** What {@code begin} passes for the commit's position and time where the plugin tells them only at the end. */
    long UNKNOWN = Long.MIN_VALUE;

    /**
     * @param xid the transaction's 32-bit number, unsigned
     * @param commitLsn where its commit record begins, or {@link #UNKNOWN}
     * @param commitTime when it committed, or {@link #UNKNOWN}
     */
    void begin(int xid, long commitLsn, long commitTime);

    void insert(Relation relation, Tuple row);

    /** {@code old} has meaning only if {@code oldRow} is not {@link OldRow#ABSENT}. */
    void update(Relation relation, OldRow oldRow, Tuple old, Tuple row);

    /** {@code old} has meaning only if {@code oldRow} is not {@link OldRow#ABSENT}. */
    void delete(Relation relation, OldRow oldRow, Tuple old);

    void truncate(List<Relation> relations, boolean cascade, boolean restartIdentity);

    /**
     * A message of {@code pg_logical_emit_message} (manual, "Replication Management Functions"). One that is not
     * transactional comes when it was written, never within a transaction.
     *
     * @param lsn where its record begins
     */
    void message(boolean transactional, long lsn, String prefix, byte[] content);

    /**
     * @param commitLsn where the commit record begins
     * @param endLsn where it ends: the position from which everything after this transaction follows
     * @param commitTime when it committed
     */
    void commit(long commitLsn, long endLsn, long commitTime);
}
