package org.bottledwater.avro;

/**
 * What stands before the elements in the binary form of an array ({@code array_send}).
 *
 * <pre>
 *   0  int32  dimensions, up to 6
 *   4  int32  1 if there may be nulls
 *   8  int32  OID of the element type
 *  12  int32  size of the first dimension
 *  16  int32  its first index
 *  …
 * </pre>
 */
final class ArrayHeader {
    private static final int MAX_DIMENSIONS = 6;

    private final int[] sizes;
    private final int[] firstIndexes;

    private ArrayHeader(int[] sizes, int[] firstIndexes) {
        this.sizes = sizes;
        this.firstIndexes = firstIndexes;
    }

    static ArrayHeader read(Wire wire) {
        int dimensions = wire.int32();
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
            throw wire.malformed("impossible dimensions, dimensions=" + dimensions);
        }
        wire.take(8);
        int[] sizes = new int[dimensions];
        int[] firstIndexes = new int[dimensions];
        long elements = 1;
        for (int i = 0; i < dimensions; i++) {
            sizes[i] = wire.int32();
            firstIndexes[i] = wire.int32();
            elements *= sizes[i];
            // Each element takes four bytes at least, which bounds the product before it can overflow.
            if (sizes[i] < 1 || elements * 4 > wire.remaining()) {
                throw wire.malformed("impossible size, dimension=" + i + " size=" + sizes[i]);
            }
        }
        return new ArrayHeader(sizes, firstIndexes);
    }

    /** 0 for an empty array. */
    int dimensions() {
        return sizes.length;
    }

    int size(int dimension) {
        return sizes[dimension];
    }

    boolean isEmpty() {
        return sizes.length == 0;
    }

    boolean hasOtherBounds() {
        for (int index : firstIndexes) {
            if (index != 1) {
                return true;
            }
        }
        return false;
    }

    /** {@code [0:1][1:3]=}. */
    void renderBounds(TextBuffer out) {
        for (int i = 0; i < sizes.length; i++) {
            out.append('[').append(firstIndexes[i]).append(':');
            out.append(firstIndexes[i] + sizes[i] - 1L).append(']');
        }
        out.append('=');
    }
}
