package org.bottledwater.pipeline.audit;

import java.util.Arrays;

/** Where in an encoded value its fields are. Re-aimed at each value; not thread-safe. */
final class Spans {
    private int[] from = new int[16];
    private int[] to = new int[16];
    private int count;

    void clear() {
        count = 0;
    }

    void add(int begin, int end) {
        if (count == from.length) {
            from = Arrays.copyOf(from, count * 2);
            to = Arrays.copyOf(to, count * 2);
        }
        from[count] = begin;
        to[count++] = end;
    }

    int count() {
        return count;
    }

    int from(int field) {
        return from[field];
    }

    int to(int field) {
        return to[field];
    }
}
