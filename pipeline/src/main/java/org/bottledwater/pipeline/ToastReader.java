package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bottledwater.avro.KeyText;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.postgres.Fetched;
import org.bottledwater.postgres.RowFetcher;

/**
 * Finds the large values that an update left as they were and that the log therefore does not carry (manual, "TOAST"):
 * in the old row under REPLICA IDENTITY FULL, otherwise in the table.
 */
final class ToastReader {
    private static final long LOOK_AGAIN_MILLIS = 5;

    private final RowFetcher fetcher;
    private final BooleanSupplier stopping;

    ToastReader(RowFetcher fetcher, BooleanSupplier stopping) {
        this.fetcher = fetcher;
        this.stopping = stopping;
    }

    /**
     * How far the completed row can be trusted.
     *
     * @param readLater columns read after a later change of the row, whose own message follows
     * @param unknown columns that are null because the row is gone already, or has no key to find it by
     */
    record Completed(List<String> readLater, List<String> unknown) {
        static final Completed EXACT = new Completed(List.of(), List.of());

        boolean isExact() {
            return readLater.isEmpty() && unknown.isEmpty();
        }
    }

    /** Fills in every {@link ColumnState#UNCHANGED} column of {@code row}. */
    Completed complete(Relation relation, OldRow oldRow, Tuple old, Tuple row, int xid) {
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            if (row.state(i) != ColumnState.UNCHANGED) {
                continue;
            }
            if (oldRow == OldRow.FULL && old.state(i) != ColumnState.UNCHANGED) {
                row.fill(i, old, i);
            } else {
                missing.add(i);
            }
        }
        if (missing.isEmpty()) {
            return Completed.EXACT;
        }
        return relation.isKeyed() ? fetch(relation, missing, row, xid) : unknown(relation, missing, row);
    }

    private Completed fetch(Relation relation, List<Integer> missing, Tuple row, int xid) {
        List<String> key = new ArrayList<>();
        for (int column : relation.keyColumns()) {
            if (row.state(column) == ColumnState.UNCHANGED) {
                return unknown(relation, missing, row);
            }
            key.add(KeyText.literal(relation, row, column));
        }
        Optional<Fetched> fetched = fetchCommitted(relation, missing, key, xid);
        if (fetched.isEmpty()) {
            return unknown(relation, missing, row);
        }
        for (int i = 0; i < missing.size(); i++) {
            row.fill(missing.get(i), fetched.get().columns(), i);
        }
        // The version that this transaction wrote is the row as of its commit; any other was written later.
        boolean exact = fetched.get().xmin() == Integer.toUnsignedLong(xid);
        return exact ? Completed.EXACT : new Completed(names(relation, missing), List.of());
    }

    /**
     * A commit is in the log a moment before others see it, and with synchronous standbys more than a moment: what is
     * read before that is the row as it was.
     */
    private Optional<Fetched> fetchCommitted(Relation relation, List<Integer> missing, List<String> key, int xid) {
        Optional<Fetched> fetched = fetcher.fetch(relation, missing, key, TypeTable::readsBinary);
        while (fetched.isEmpty() || fetched.get().xmin() != Integer.toUnsignedLong(xid)) {
            boolean visible =
                    VisibleTransactions.parse(fetcher.visibleTransactions()).includes(xid);
            fetched = fetcher.fetch(relation, missing, key, TypeTable::readsBinary);
            if (visible) {
                return fetched;
            }
            pause();
        }
        return fetched;
    }

    private void pause() {
        try {
            Thread.sleep(LOOK_AGAIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while waiting for a commit to become visible", e);
        }
        if (stopping.getAsBoolean()) {
            throw new ConnectionException(
                    "stopped while waiting for a commit to become visible", new InterruptedException());
        }
    }

    private static Completed unknown(Relation relation, List<Integer> missing, Tuple row) {
        for (int column : missing) {
            row.set(column, ColumnState.NULL);
        }
        return new Completed(List.of(), names(relation, missing));
    }

    private static List<String> names(Relation relation, List<Integer> columns) {
        return columns.stream().map(i -> relation.columns().get(i).name()).toList();
    }
}
