package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bottledwater.avro.KeyText;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;
import org.bottledwater.pipeline.RowFates.RowId;

/**
 * Stands in front of the {@link ChangeRouter} and gives it whole rows. An update that leaves a large value as it was does not
 * carry it in the log (manual, "TOAST"): it is in the old row under REPLICA IDENTITY FULL, otherwise in the table. To
 * read the values of many rows at once, and to know which of them a later change of the same transaction has replaced, the
 * changes from the first such update on are held until the transaction ends, or a bound is reached.
 */
final class ToastCompleter implements ChangeHandler {
    private static final int MAX_BYTES = 8 << 20;
    private static final int MAX_CHANGES = 20_000;

    private final ChangeRouter router;
    private final ToastReader reader;
    private final ToastMode mode;
    private final int moneyFraction;
    private final List<HeldChange> held = new ArrayList<>();
    private int heldBytes;

    /** @param moneyFraction as of {@link org.bottledwater.avro.TypeOptions} */
    ToastCompleter(ChangeRouter router, ToastReader reader, ToastMode mode, int moneyFraction) {
        this.router = router;
        this.reader = reader;
        this.mode = mode;
        this.moneyFraction = moneyFraction;
    }

    @Override
    public void begin(int xid, long commitLsn, long commitTime) {
        // What an attempt that ended left here comes again.
        held.clear();
        heldBytes = 0;
        router.begin(xid, commitLsn, commitTime);
    }

    @Override
    public void insert(Relation relation, Tuple row) {
        if (held.isEmpty()) {
            router.insert(relation, row);
        } else {
            hold(new HeldChange.Insert(relation, row.copy()));
        }
    }

    @Override
    public void update(Relation relation, OldRow oldRow, Tuple old, Tuple row) {
        if (held.isEmpty() && !row.hasUnchanged()) {
            router.update(relation, oldRow, old, row, Completed.EXACT);
            return;
        }
        if (!router.sends(relation)) {
            return;
        }
        router.passOverHidden(relation, row);
        List<Integer> missing = fillFromOldRow(oldRow, old, row);
        if (missing.stream().anyMatch(relation.keyColumns()::contains)) {
            router.refuse(relation, row, keyNotInTheLog(relation, missing));
            return;
        }
        if (!missing.isEmpty() && mode == ToastMode.FAIL) {
            router.refuse(relation, row, notInTheLog(relation, missing));
            return;
        }
        boolean fetch = !missing.isEmpty() && mode == ToastMode.FETCH && relation.isKeyed();
        if (!held.isEmpty() || fetch) {
            Tuple ownOld = oldRow == OldRow.ABSENT ? new Tuple() : old.copy();
            hold(new HeldChange.Update(relation, oldRow, ownOld, row.copy(), missing));
        } else {
            router.update(relation, oldRow, old, row, unknown(relation, missing, row));
        }
    }

    /**
     * Under REPLICA IDENTITY FULL the old row has every value; otherwise it has the key, which comes if a part of it is in TOAST.
     *
     * @return the columns that stay without value
     */
    private static List<Integer> fillFromOldRow(OldRow oldRow, Tuple old, Tuple row) {
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            if (row.state(i) != ColumnState.UNCHANGED) {
                continue;
            }
            boolean has = switch (oldRow) {
                case ABSENT -> false;
                case KEY -> old.state(i) == ColumnState.TEXT || old.state(i) == ColumnState.BINARY;
                case FULL -> old.state(i) != ColumnState.UNCHANGED;
            };
            if (has) {
                row.fill(i, old, i);
            } else {
                missing.add(i);
            }
        }
        return missing;
    }

    private static UnsupportedValueException notInTheLog(Relation relation, List<Integer> missing) {
        return new UnsupportedValueException(
                "an update left large values as they were, and the log does not have them: columns="
                        + String.join(",", ToastReader.names(relation, missing))
                        + "; leave out --toast=fail to have them read from the table, or:  ALTER TABLE "
                        + relation.name().quoted() + " REPLICA IDENTITY FULL");
    }

    /** Releases before February 2022 write the old key only if it changes. Without the key nobody knows which row it is. */
    private static UnsupportedValueException keyNotInTheLog(Relation relation, List<Integer> missing) {
        List<Integer> key =
                missing.stream().filter(relation.keyColumns()::contains).toList();
        return new UnsupportedValueException(
                "an update left a large value of the key as it was, and the WAL of this server version does not have it:"
                        + " columns=" + String.join(",", ToastReader.names(relation, key))
                        + "; --on-error=log passes over it; for the updates to come run:  ALTER TABLE "
                        + relation.name().quoted()
                        + " REPLICA IDENTITY FULL  or upgrade PostgreSQL (10.20, 11.15, 12.10, 13.6, 14.2 or later)");
    }

    private static Completed unknown(Relation relation, List<Integer> missing, Tuple row) {
        return missing.isEmpty() ? Completed.EXACT : ToastReader.unknown(relation, missing, row);
    }

    @Override
    public void delete(Relation relation, OldRow oldRow, Tuple old) {
        if (held.isEmpty()) {
            router.delete(relation, oldRow, old);
        } else {
            hold(new HeldChange.Delete(relation, oldRow, oldRow == OldRow.ABSENT ? new Tuple() : old.copy()));
        }
    }

    @Override
    public void truncate(List<Relation> relations, boolean cascade, boolean restartIdentity) {
        if (held.isEmpty()) {
            router.truncate(relations, cascade, restartIdentity);
        } else {
            hold(new HeldChange.Other(relations, to -> to.truncate(relations, cascade, restartIdentity)));
        }
    }

    @Override
    public void message(boolean transactional, long lsn, String prefix, byte[] content) {
        if (held.isEmpty()) {
            router.message(transactional, lsn, prefix, content);
        } else {
            hold(new HeldChange.Other(List.of(), to -> to.message(transactional, lsn, prefix, content)));
        }
    }

    @Override
    public void commit(long commitLsn, long endLsn, long commitTime) {
        release(true);
        router.commit(commitLsn, endLsn, commitTime);
    }

    private void hold(HeldChange change) {
        held.add(change);
        heldBytes += change.bytes();
        if (heldBytes >= MAX_BYTES || held.size() >= MAX_CHANGES) {
            release(false);
        }
    }

    /** @param whole whether the transaction has ended */
    private void release(boolean whole) {
        if (held.isEmpty()) {
            return;
        }
        RowFates fates = new RowFates();
        for (int i = held.size() - 1; i >= 0; i--) {
            held.get(i).learn(fates, this::rowId);
        }
        ToastReader.Stretch stretch = reader.stretch(router.xid(), whole, held);
        for (HeldChange change : held) {
            if (change instanceof HeldChange.Update update && !update.missing.isEmpty()) {
                update.complete(
                        mode == ToastMode.FETCH
                                ? stretch.complete(update)
                                : unknown(update.relation, update.missing, update.row));
            }
            change.replay(router);
        }
        held.clear();
        heldBytes = 0;
    }

    private Optional<RowId> rowId(Relation relation, Tuple row) {
        if (!relation.isKeyed()) {
            return Optional.empty();
        }
        List<String> key = new ArrayList<>();
        for (int column : relation.keyColumns()) {
            if (row.state(column) == ColumnState.UNCHANGED || row.state(column) == ColumnState.NULL) {
                return Optional.empty();
            }
            key.add(KeyText.literal(relation, row, column, moneyFraction));
        }
        return Optional.of(new RowId(relation.oid(), key));
    }
}
