package org.bottledwater.pipeline.audit;

import java.util.List;

/**
 * A key at which topic and table do not agree.
 *
 * @param key as JSON, or, of a message that nobody can decode any more, its bytes in hexadecimal
 * @param columns which differ, of {@link Kind#DIFFERENT}
 */
public record Difference(Kind kind, String key, List<String> columns) {
    public Difference {
        columns = List.copyOf(columns);
    }

    /** In what they do not agree. */
    public enum Kind {
        /** The row is in the table and not in the topic. */
        MISSING,
        /** The topic has a value, and there is no such row. */
        EXTRA,
        /** Both have one, with different values. */
        DIFFERENT
    }
}
