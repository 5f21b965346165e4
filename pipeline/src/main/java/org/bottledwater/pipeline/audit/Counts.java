package org.bottledwater.pipeline.audit;

import java.util.EnumMap;
import java.util.Map;
import org.bottledwater.pipeline.audit.Difference.Kind;

/** How many keys are wrong in which way. */
final class Counts {
    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);

    void add(Kind kind) {
        counts.merge(kind, 1L, Long::sum);
    }

    long of(Kind kind) {
        return counts.getOrDefault(kind, 0L);
    }

    long sum() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
