package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.pipeline.TableStatus.CopyState;
import org.bottledwater.postgres.Slot;

/**
 * How a slot's copy stands, as PostgreSQL and Kafka tell it, whether or not an instance is running. What one of them
 * could not tell is empty here and among the problems.
 *
 * @param server the version, empty if it could not be asked
 * @param walLsn where its log ends
 * @param writtenAt when the newest of the checkpoint was written, in milliseconds since 1970; 0 if there is none
 * @param tables the captured tables by name, each for itself
 * @param next what the next start would do, empty if it could not be found out
 * @param problems what keeps it from going on, or from being looked at
 */
public record StatusReport(
        Activity activity,
        String server,
        long walLsn,
        Optional<Slot> slot,
        Optional<Checkpoint> checkpoint,
        long writtenAt,
        List<TableCopy> tables,
        String next,
        List<Finding> problems) {
    public StatusReport {
        tables = List.copyOf(tables);
        problems = List.copyOf(problems);
    }

    /** What an instance is doing, as far as the server sees it. */
    public enum Activity {
        /** The server could not be asked. */
        UNKNOWN,
        /** None has a session. */
        NONE,
        /** One has sessions and reads no slot: it begins, or copies tables. */
        COPYING,
        /** One reads the slot. */
        STREAMING
    }

    /**
     * How far a table's copy is.
     *
     * @param blocks how many of its blocks are in Kafka
     * @param pages how many it has, an estimate
     * @param rows how many rows it has, an estimate
     */
    public record TableCopy(TableName table, CopyState state, long blocks, long pages, long rows) {}

    /** Asks both. */
    public static StatusReport of(Settings settings) {
        return new StatusReader(settings).read();
    }

    /** How much of the log the server keeps for the slot, in bytes. */
    public long retainedBytes() {
        return slot.map(Slot::restartLsn).map(this::behind).orElse(0L);
    }

    /** How much of the log is not in Kafka, in bytes. */
    public long lagBytes() {
        return checkpoint.map(Checkpoint::lsn).map(this::behind).orElse(0L);
    }

    private long behind(long lsn) {
        return lsn == Lsn.INVALID || !Lsn.isBefore(lsn, walLsn) ? 0 : walLsn - lsn;
    }
}
