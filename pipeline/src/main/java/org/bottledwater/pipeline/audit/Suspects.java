package org.bottledwater.pipeline.audit;

import java.util.HashMap;
import java.util.Map;
import org.bottledwater.pipeline.audit.Difference.Kind;

/** Keys that looked wrong and are to be looked at again, as many as fit; of the others only the number is known. */
final class Suspects {
    /** With their rows and messages they have to fit into memory in the second look. */
    static final int MAX = 10_000;

    private final Map<Key, Kind> keys = new HashMap<>();
    private final Counts counts = new Counts();

    /** A key by its hash. */
    record Key(long high, long low) {}

    void add(Key key, Kind kind) {
        counts.add(kind);
        if (keys.size() < MAX) {
            keys.put(key, kind);
        }
    }

    Map<Key, Kind> keys() {
        return keys;
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** How many of a kind did not fit. */
    long left(Kind kind) {
        return counts.of(kind)
                - keys.values().stream().filter(each -> each == kind).count();
    }

    /** How many did not fit. */
    long left() {
        return counts.sum() - keys.size();
    }

    boolean isWhole() {
        return left() == 0;
    }
}
