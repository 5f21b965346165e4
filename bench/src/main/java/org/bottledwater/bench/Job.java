package org.bottledwater.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * What a tool is to do.
 *
 * @param name of slot, topic prefix and the like
 * @param tables in schema public; the rows of the first are waited for
 * @param snapshot whether what is in the table is copied, or only what changes
 * @param folder for logs and what the tool keeps
 */
record Job(String name, List<String> tables, boolean snapshot, Path folder) {
    Job {
        tables = List.copyOf(tables);
    }

    String table() {
        return tables.get(0);
    }
}
