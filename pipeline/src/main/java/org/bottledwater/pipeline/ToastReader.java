package org.bottledwater.pipeline;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.pipeline.RowFates.Fate;
import org.bottledwater.postgres.Fetched;
import org.bottledwater.postgres.RowFetcher;

/** Reads the large values of updates from the table (manual, "TOAST"), many rows with one query, in bounded memory. */
final class ToastReader {
    private static final long LOOK_AGAIN_MILLIS = 5;
    private static final int ROWS = 500;
    private static final long MAX_BYTES = 8 << 20;

    private final RowFetcher fetcher;
    private final BooleanSupplier stopping;

    ToastReader(RowFetcher fetcher, BooleanSupplier stopping) {
        this.fetcher = fetcher;
        this.stopping = stopping;
    }

    /** The columns of a version of a table. */
    private record Group(Relation relation, List<Integer> columns) {}

    /** Updates that lack the values of a group, and those that were read ahead for the first of them. */
    private record Queue(Deque<HeldChange.Update> updates, Deque<Optional<Fetched>> values) {
        static Queue empty(Group group) {
            return new Queue(new ArrayDeque<>(), new ArrayDeque<>());
        }
    }

    /** The values of a stretch of one transaction; they are to be taken in the order of the changes. */
    final class Stretch {
        private final int xid;
        private final boolean whole;
        private final Map<Group, Queue> queues = new HashMap<>();
        private boolean visible;

        /** @param whole whether the stretch goes to the end of the transaction */
        Stretch(int xid, boolean whole, List<HeldChange> changes) {
            this.xid = xid;
            this.whole = whole;
            for (HeldChange change : changes) {
                if (change instanceof HeldChange.Update update
                        && update.wanted().isPresent()) {
                    queue(group(update)).updates().add(update);
                }
            }
        }

        private static Group group(HeldChange.Update update) {
            return new Group(update.relation, update.missing);
        }

        /** Fills in what {@code update}, the next one that lacks values, lacks. */
        Completed complete(HeldChange.Update update) {
            Optional<Fate> fate = update.wanted();
            if (fate.isEmpty()) {
                return unknown(update.relation, update.missing, update.row);
            }
            Queue queue = queue(group(update));
            if (queue.values().isEmpty()) {
                queue.values().addAll(fetch(group(update), queue.updates()));
            }
            Optional<Fetched> fetched = queue.values().remove();
            queue.updates().remove();
            if (fetched.isEmpty()) {
                return unknown(update.relation, update.missing, update.row);
            }
            List<Integer> read = new ArrayList<>();
            List<Integer> unknown = new ArrayList<>();
            for (int i = 0; i < update.missing.size(); i++) {
                boolean known = fetched.get().columns().state(i) != ColumnState.UNCHANGED;
                (known ? read : unknown).add(update.missing.get(i));
                if (known) {
                    update.row.fillRead(update.missing.get(i), fetched.get().columns(), i);
                }
            }
            Completed lacking = unknown(update.relation, unknown, update.row);
            // The version that this transaction wrote is the row as of its commit; any other was written later.
            boolean later = !whole || fetched.get().xmin() != Integer.toUnsignedLong(xid);
            Set<String> changed = fate.get().changed();
            List<String> readLater = names(update.relation, read).stream()
                    .filter(column -> later || changed.contains(column))
                    .toList();
            return readLater.isEmpty() && unknown.isEmpty()
                    ? Completed.EXACT
                    : new Completed(readLater, lacking.unknown());
        }

        private Queue queue(Group group) {
            return queues.computeIfAbsent(group, Queue::empty);
        }

        private List<Optional<Fetched>> fetch(Group group, Deque<HeldChange.Update> updates) {
            List<List<String>> keys = updates.stream()
                    .limit(ROWS)
                    .map(update -> update.wanted().orElseThrow().key())
                    .toList();
            if (!visible) {
                awaitVisible(xid);
                visible = true;
            }
            return fetcher.fetch(
                    group.relation,
                    Integer.toUnsignedLong(xid),
                    group.columns,
                    keys,
                    TypeTable::readsBinary,
                    MAX_BYTES);
        }
    }

    Stretch stretch(int xid, boolean whole, List<HeldChange> changes) {
        return new Stretch(xid, whole, changes);
    }

    /**
     * Reads all columns of rows by their keys, as they were when the transaction ended or are now.
     *
     * @return an answer for the first of the keys, or for all
     */
    List<Optional<Fetched>> rows(int xid, Relation relation, List<List<String>> keys) {
        awaitVisible(xid);
        List<Integer> columns =
                IntStream.range(0, relation.columns().size()).boxed().toList();
        return fetcher.fetch(relation, RowFetcher.ANY, columns, keys, TypeTable::readsBinary, MAX_BYTES);
    }

    /**
     * A commit is in the log a moment before others see it, and with synchronous standbys more than a moment: what is read
     * before that is the row as it was.
     */
    private void awaitVisible(int xid) {
        while (!VisibleTransactions.parse(fetcher.visibleTransactions()).includes(xid)) {
            pause();
        }
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

    static Completed unknown(Relation relation, List<Integer> missing, Tuple row) {
        for (int column : missing) {
            row.set(column, ColumnState.NULL);
        }
        return new Completed(List.of(), names(relation, missing));
    }

    static List<String> names(Relation relation, List<Integer> columns) {
        List<String> names = new ArrayList<>(columns.size());
        for (int column : columns) {
            names.add(relation.columns().get(column).name());
        }
        return names;
    }
}
