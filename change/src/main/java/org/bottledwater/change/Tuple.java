package org.bottledwater.change;

import java.util.Arrays;
import java.util.BitSet;

/**
 * A row in place: for each column its state and where in the buffer its bytes are. A decoder owns one instance and
 * re-aims it at each row, so everything here is valid only until the next call of that decoder. Not thread-safe.
 */
public final class Tuple {
    private static final byte[] EMPTY = {};

    private byte[] buffer = EMPTY;
    private int size;
    private ColumnState[] states = new ColumnState[16];
    private int[] offsets = new int[16];
    private int[] lengths = new int[16];
    private final BitSet read = new BitSet();

    /** Aims at a row of {@code size} columns in {@code buffer}; every column is {@link ColumnState#NULL} until set. */
    public void wrap(byte[] buffer, int size) {
        if (size > states.length) {
            int capacity = Math.max(size, states.length * 2);
            states = new ColumnState[capacity];
            offsets = new int[capacity];
            lengths = new int[capacity];
        }
        this.buffer = buffer;
        this.size = size;
        Arrays.fill(states, 0, size, ColumnState.NULL);
        read.clear();
    }

    /** A column without bytes: {@link ColumnState#NULL} or {@link ColumnState#UNCHANGED}. */
    public void set(int column, ColumnState state) {
        states[column] = state;
        offsets[column] = 0;
        lengths[column] = 0;
    }

    /** A column whose bytes are {@code buffer[offset, offset + length)}. */
    public void set(int column, ColumnState state, int offset, int length) {
        states[column] = state;
        offsets[column] = offset;
        lengths[column] = length;
    }

    /**
     * Gives a column the state and bytes that another tuple has for one of its own. Bytes of another buffer are copied,
     * behind those of this row, into a buffer that is new: this is for the rare row, not for every one.
     */
    public void fill(int column, Tuple source, int sourceColumn) {
        int offset = source.offsets[sourceColumn];
        int length = source.lengths[sourceColumn];
        if (source.buffer != buffer && length > 0) {
            byte[] joined = Arrays.copyOf(buffer, buffer.length + length);
            System.arraycopy(source.buffer, offset, joined, buffer.length, length);
            offset = buffer.length;
            buffer = joined;
        }
        set(column, source.states[sourceColumn], offset, length);
    }

    /** As {@link #fill}, of a value that was read from the table: it is as new as the table, however old the row is. */
    public void fillRead(int column, Tuple source, int sourceColumn) {
        fill(column, source, sourceColumn);
        read.set(column);
    }

    /** Whether the column was filled with what the table had later. */
    public boolean isRead(int column) {
        return read.get(column);
    }

    /** Whether any column was. */
    public boolean hasRead() {
        return !read.isEmpty();
    }

    /** The same row in bytes of its own, which stay when the decoder goes on. */
    public Tuple copy() {
        Tuple copy = new Tuple();
        copy.wrap(new byte[length()], size);
        int end = 0;
        for (int i = 0; i < size; i++) {
            int length = length(i);
            if (length > 0) {
                System.arraycopy(buffer, offsets[i], copy.buffer, end, length);
            }
            copy.set(i, states[i], end, length);
            end += length;
        }
        copy.read.or(read);
        return copy;
    }

    /** How many bytes the columns have together. */
    public int length() {
        int total = 0;
        for (int i = 0; i < size; i++) {
            total += length(i);
        }
        return total;
    }

    /** The number of columns. */
    public int size() {
        return size;
    }

    public ColumnState state(int column) {
        return states[column];
    }

    public byte[] buffer() {
        return buffer;
    }

    /** Where in {@link #buffer()} the column's bytes begin. */
    public int offset(int column) {
        return offsets[column];
    }

    /** How many bytes the column has; none if it has no value here. */
    public int length(int column) {
        return states[column] == ColumnState.NULL ? 0 : lengths[column];
    }

    /** Whether any column was left out of the log because its value in TOAST did not change. */
    public boolean hasUnchanged() {
        for (int i = 0; i < size; i++) {
            if (states[i] == ColumnState.UNCHANGED) {
                return true;
            }
        }
        return false;
    }
}
