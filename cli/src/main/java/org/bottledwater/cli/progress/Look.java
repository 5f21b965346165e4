package org.bottledwater.cli.progress;

import java.util.List;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.RunStatus.Phase;
import org.bottledwater.pipeline.TableStatus;
import org.bottledwater.pipeline.TableStatus.CopyState;

/**
 * A run at one moment.
 *
 * @param nanos when, by {@link System#nanoTime}
 * @param reason why it waits, or empty
 * @param deliveredAt the time of the last commit, in milliseconds since 1970, 0 for none
 * @param messages sent since the start
 * @param bytes of them
 * @param copies the tables of a copy, by name
 */
record Look(
        long nanos,
        Phase phase,
        String reason,
        long lagBytes,
        double lagSeconds,
        long deliveredAt,
        long messages,
        long bytes,
        List<Copy> copies) {

    /**
     * A table that is copied.
     *
     * @param expected how many rows the server believes it to have, 0 if it does not know
     */
    record Copy(String table, boolean done, long rows, long expected, long bytes) {
        boolean isMoving() {
            return !done && rows > 0;
        }

        /** An estimate may be too low; what is copied is a row count for sure. */
        long total() {
            return done ? rows : Math.max(rows, expected);
        }
    }

    static Look at(RunStatus status, long nanos) {
        RunStatus.State state = status.state();
        List<TableStatus> tables = status.tables();
        return new Look(
                nanos,
                state.phase(),
                state.reason(),
                status.lagBytes(),
                status.lagSeconds(),
                status.deliveredAt(),
                tables.stream().mapToLong(TableStatus::messages).sum(),
                tables.stream().mapToLong(TableStatus::bytes).sum(),
                tables.stream()
                        .filter(table -> table.copy() != CopyState.NONE)
                        .map(Look::copy)
                        .toList());
    }

    private static Copy copy(TableStatus table) {
        return new Copy(
                table.table().toString(),
                table.copy() == CopyState.DONE,
                table.copiedRows(),
                table.expectedRows(),
                table.copiedBytes());
    }

    long copiedRows() {
        return copies.stream().mapToLong(Copy::rows).sum();
    }

    long copiedBytes() {
        return copies.stream().mapToLong(Copy::bytes).sum();
    }

    long copiesDone() {
        return copies.stream().filter(Copy::done).count();
    }

    /** Rows to copy in all, what is done included. */
    long rowsToCopy() {
        return copies.stream().mapToLong(Copy::total).sum();
    }

    /** Whether there is an estimate for everything that has turned out to have rows. */
    boolean isEstimated() {
        return rowsToCopy() > 0 && copies.stream().noneMatch(copy -> copy.isMoving() && copy.expected() == 0);
    }
}
