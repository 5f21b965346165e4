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

    private static List<Integer> fillFromOldRow(OldRow oldRow, Tuple old, Tuple row) {
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
        return missing;
    }

    private static UnsupportedValueException notInTheLog(Relation relation, List<Integer> missing) {
        return new UnsupportedValueException(
                "an update left large values as they were, and the log does not have them: columns="
                        + String.join(",", ToastReader.names(relation, missing))
                        + "; leave out --toast=fail to have them read from the table, or:  ALTER TABLE "
                        + relation.name().quoted() + " REPLICA IDENTITY FULL");
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
