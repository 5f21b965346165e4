package org.bottledwater.pipeline;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.pipeline.RowFates.Fate;
import org.bottledwater.pipeline.RowFates.RowId;
import org.jspecify.annotations.Nullable;

/** A change that waits behind one whose large values are still to be read. */
sealed interface HeldChange {
    /** What makes the text form of a key. */
    @FunctionalInterface
    interface Keys {
        /** Nothing for a table without key, and where the log does not have the whole key. */
        Optional<RowId> of(Relation relation, Tuple row);
    }

    /** Goes on to the messages. */
    void replay(ChangeRouter router);

    /** Tells what it does to its row; called for the last change first. */
    void learn(RowFates fates, Keys keys);

    /** How much memory it takes. */
    int bytes();

    record Insert(Relation relation, Tuple row) implements HeldChange {
        @Override
        public void replay(ChangeRouter router) {
            router.insert(relation, row);
        }

        /** What was at its key before was deleted, and said so itself. */
        @Override
        public void learn(RowFates fates, Keys keys) {}

        @Override
        public int bytes() {
            return row.length();
        }
    }

    record Delete(Relation relation, OldRow oldRow, Tuple old) implements HeldChange {
        @Override
        public void replay(ChangeRouter router) {
            router.delete(relation, oldRow, old);
        }

        @Override
        public void learn(RowFates fates, Keys keys) {
            if (oldRow != OldRow.ABSENT) {
                keys.of(relation, old).ifPresent(fates::deleted);
            }
        }

        @Override
        public int bytes() {
            return old.length();
        }
    }

    /** One that has no rows. */
    record Other(List<Relation> truncated, Consumer<ChangeRouter> change) implements HeldChange {
        @Override
        public void replay(ChangeRouter router) {
            change.accept(router);
        }

        @Override
        public void learn(RowFates fates, Keys keys) {
            truncated.forEach(relation -> fates.truncated(relation.oid()));
        }

        @Override
        public int bytes() {
            return 0;
        }
    }

    /** The one kind that may lack values. */
    final class Update implements HeldChange {
        final Relation relation;
        final OldRow oldRow;
        final Tuple old;
        final Tuple row;
        /** The columns that are still to be read. */
        final List<Integer> missing;

        private @Nullable Fate fate;
        private Completed completed = Completed.EXACT;

        Update(Relation relation, OldRow oldRow, Tuple old, Tuple row, List<Integer> missing) {
            this.relation = relation;
            this.oldRow = oldRow;
            this.old = old;
            this.row = row;
            this.missing = missing;
        }

        /** Where its values are to be found: nothing if nowhere, or if none is missing. */
        Optional<Fate> wanted() {
            return missing.isEmpty() || fate == null || fate.gone() ? Optional.empty() : Optional.of(fate);
        }

        void complete(Completed completed) {
            this.completed = completed;
        }

        @Override
        public void replay(ChangeRouter router) {
            router.update(relation, oldRow, old, row, completed);
        }

        @Override
        public void learn(RowFates fates, Keys keys) {
            Optional<RowId> after = keys.of(relation, row);
            if (after.isEmpty()) {
                return;
            }
            fate = fates.of(after.get());
            Optional<RowId> before = oldRow == OldRow.ABSENT ? after : keys.of(relation, old);
            Set<String> values = new HashSet<>();
            for (int i = 0; i < row.size(); i++) {
                if (row.state(i) != ColumnState.UNCHANGED) {
                    values.add(relation.columns().get(i).name());
                }
            }
            fates.updated(before.orElse(after.get()), after.get(), values);
        }

        @Override
        public int bytes() {
            return row.length() + (oldRow == OldRow.ABSENT ? 0 : old.length());
        }
    }
}
