package org.bottledwater.postgres;

/**
 * A replication slot (manual, "pg_replication_slots").
 *
 * @param plugin empty for a physical slot
 * @param database empty for a physical slot
 * @param activePid the process that streams from it, 0 for none or unknown (9.4)
 * @param restartLsn the oldest position that the server keeps the log from; 0 if the slot keeps none
 * @param confirmedFlushLsn up to where its consumer said it has everything; 0 if unknown (before 9.6)
 * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}; empty before 13
 * @param failover whether standbys keep a copy of it; false before 17
 * @param lostBy why it was invalidated ({@code invalidation_reason}); empty before 17, and if it is not
 */
public record Slot(
        String name,
        String plugin,
        String database,
        boolean active,
        int activePid,
        long restartLsn,
        long confirmedFlushLsn,
        String walStatus,
        boolean failover,
        String lostBy) {

    /** What is left is a name: nothing can be read from it any more. */
    public boolean isLost() {
        return walStatus.equals("lost") || !lostBy.isEmpty();
    }
}
