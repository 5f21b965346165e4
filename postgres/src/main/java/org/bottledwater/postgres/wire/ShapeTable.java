package org.bottledwater.postgres.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Shapes by the table's name as it is printed, found without making a string of it. */
final class ShapeTable {
    private byte[][] names = new byte[64][];
    private @Nullable Shape[] shapes = new Shape[64];
    private int size;
    private int last;

    @Nullable
    Shape get(byte[] buffer, int from, int to) {
        // Rows of one table mostly come in runs.
        if (!isAt(last, buffer, from, to)) {
            last = slot(buffer, from, to);
        }
        return shapes[last];
    }

    void put(byte[] buffer, int from, int to, Shape shape) {
        if (size * 2 >= names.length) {
            grow();
        }
        int slot = slot(buffer, from, to);
        if (shapes[slot] == null) {
            size++;
            names[slot] = Arrays.copyOfRange(buffer, from, to);
        }
        shapes[slot] = shape;
    }

    /** The slot that holds the name, or the free one where it would go. */
    private int slot(byte[] buffer, int from, int to) {
        int mask = names.length - 1;
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + buffer[i];
        }
        int slot = (hash ^ hash >>> 16) & mask;
        while (shapes[slot] != null && !isAt(slot, buffer, from, to)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private boolean isAt(int slot, byte[] buffer, int from, int to) {
        return shapes[slot] != null && Arrays.equals(names[slot], 0, names[slot].length, buffer, from, to);
    }

    private void grow() {
        byte[][] oldNames = names;
        @Nullable Shape[] oldShapes = shapes;
        names = new byte[oldNames.length * 2][];
        shapes = new Shape[oldNames.length * 2];
        for (int i = 0; i < oldNames.length; i++) {
            if (oldShapes[i] != null) {
                int slot = slot(oldNames[i], 0, oldNames[i].length);
                names[slot] = oldNames[i];
                shapes[slot] = oldShapes[i];
            }
        }
        last = 0;
    }
}
