package org.bottledwater.bench;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.nio.file.Path;
import java.util.List;

/**
 * What is measured.
 *
 * @param rows of a snapshot or a backlog
 * @param largeRows of the large snapshot
 * @param repeats how often each case is run with each tool
 * @param seconds of a measurement at a steady rate
 * @param kafka the folder of the jars of Kafka's tools; no part of the results, as it is the machine's
 */
record Plan(
        List<CaseGroup> groups,
        long rows,
        long largeRows,
        int repeats,
        int seconds,
        @JsonIgnore Path kafka) {
    Plan {
        groups = List.copyOf(groups);
    }
}
