package org.bottledwater.postgres.wire;

import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Tuple;

/** A tuple being read from text: it also knows which values have doubled quotes, to be undone once the row is sure. */
final class TextRow {
    private final Tuple tuple = new Tuple();
    private boolean[] doubled = new boolean[16];
    private boolean anyDoubled;
    private int listed;

    Tuple tuple() {
        return tuple;
    }

    /** How many columns were set. */
    int listed() {
        return listed;
    }

    void wrap(byte[] buffer, int size) {
        tuple.wrap(buffer, size);
        if (size > doubled.length) {
            doubled = new boolean[size];
        }
        anyDoubled = false;
        listed = 0;
    }

    void set(int column, ColumnState state) {
        tuple.set(column, state);
        doubled[column] = false;
        listed++;
    }

    void set(int column, int offset, int length, boolean hasDoubledQuotes) {
        tuple.set(column, ColumnState.TEXT, offset, length);
        doubled[column] = hasDoubledQuotes;
        anyDoubled |= hasDoubledQuotes;
        listed++;
    }

    /** Makes single quotes of the doubled ones, in place: values get shorter, so none runs into the next. */
    void undouble() {
        if (!anyDoubled) {
            return;
        }
        for (int i = 0; i < tuple.size(); i++) {
            if (tuple.state(i) == ColumnState.TEXT && doubled[i]) {
                undouble(i);
            }
        }
    }

    private void undouble(int column) {
        byte[] buffer = tuple.buffer();
        int from = tuple.offset(column);
        int end = from + tuple.length(column);
        int to = from;
        for (int i = from; i < end; i++) {
            buffer[to++] = buffer[i];
            if (buffer[i] == '\'') {
                i++;
            }
        }
        tuple.set(column, ColumnState.TEXT, from, to - from);
    }
}
