package org.bottledwater.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** What one tool did in one run of a case. The figures are named as in {@link Figures}. */
record Result(String run, String tool, int repeat, Map<String, Double> figures) {
    Result {
        figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    }

    boolean has(String figure) {
        return figures.containsKey(figure);
    }

    double figure(String name) {
        return Objects.requireNonNull(figures.get(name), name);
    }
}
