package org.bottledwater.pipeline;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names of tables or topics in sentences for people. */
final class Names {
    /** More names are of no use in a line. */
    private static final int FEW = 10;

    private Names() {}

    /** The first few, and how many more there are. */
    static String some(Collection<?> names) {
        String more = names.size() > FEW ? " and " + (names.size() - FEW) + " more" : "";
        return names.stream().limit(FEW).map(Object::toString).collect(Collectors.joining(", ")) + more;
    }
}
