package org.bottledwater.pipeline.audit;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * Which fields of an older message are columns of the table as it is now. Columns keep their order for life, so that two
 * pairs that cross cannot both be right: a column of the same name has been made anew. As many pairs are taken as go
 * together.
 */
final class Alignment {
    /** A field that is no column any more, or of another type. */
    static final int NONE = -1;

    private Alignment() {}

    /**
     * @param same whether the field, by its position in {@code older}, has the name and type of the column, by its
     *     position among {@code columns}
     * @return for each of the older fields the position of its column, or {@link #NONE}
     */
    static int[] of(int older, int columns, BiPredicate<Integer, Integer> same) {
        int[] candidate = new int[older];
        for (int i = 0; i < older; i++) {
            candidate[i] = NONE;
            for (int j = 0; j < columns; j++) {
                if (same.test(i, j)) {
                    candidate[i] = j;
                }
            }
        }
        return increasing(candidate);
    }

    /**
     * The longest series of candidates that rises; the others become {@link #NONE}. Of two that are as long the one is
     * taken that ends further in front, as a column that was made anew stands behind all others.
     */
    private static int[] increasing(int[] candidate) {
        int size = candidate.length;
        int[] length = new int[size];
        int[] before = new int[size];
        int best = NONE;
        for (int i = 0; i < size; i++) {
            before[i] = NONE;
            if (candidate[i] == NONE) {
                continue;
            }
            for (int j = 0; j < i; j++) {
                boolean rises = candidate[j] != NONE && candidate[j] < candidate[i];
                if (rises && isBetter(j, before[i], length, candidate)) {
                    before[i] = j;
                }
            }
            length[i] = before[i] == NONE ? 1 : length[before[i]] + 1;
            if (isBetter(i, best, length, candidate)) {
                best = i;
            }
        }
        int[] aligned = new int[size];
        Arrays.fill(aligned, NONE);
        for (int i = best; i != NONE; i = before[i]) {
            aligned[i] = candidate[i];
        }
        return aligned;
    }

    private static boolean isBetter(int end, int other, int[] length, int[] candidate) {
        return other == NONE
                || length[end] > length[other]
                || (length[end] == length[other] && candidate[end] < candidate[other]);
    }

    /** Whether every field is the column at its own place, so that the bytes are comparable as a whole. */
    static boolean isWhole(int[] aligned, List<String> columns) {
        if (aligned.length != columns.size()) {
            return false;
        }
        for (int i = 0; i < aligned.length; i++) {
            if (aligned[i] != i) {
                return false;
            }
        }
        return true;
    }
}
