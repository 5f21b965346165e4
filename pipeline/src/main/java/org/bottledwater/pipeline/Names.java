package org.bottledwater.pipeline;

import java.util.List;
import java.util.stream.Collectors;
import org.bottledwater.change.TableName;

/** Names of tables in sentences for people. */
final class Names {
    /** More names are of no use in a line. */
    private static final int FEW = 10;

    private Names() {}

    /** The first few, and how many more there are. */
    static String some(List<TableName> names) {
        String more = names.size() > FEW ? " and " + (names.size() - FEW) + " more" : "";
        return names.stream().limit(FEW).map(TableName::toString).collect(Collectors.joining(", ")) + more;
    }
}
