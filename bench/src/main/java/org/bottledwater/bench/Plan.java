package org.bottledwater.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * What is measured.
 *
 * @param rows of a snapshot or a backlog
 * @param largeRows of the large snapshot
 * @param repeats how often each case is run with each tool
 * @param seconds of a measurement at a steady rate
 * @param kafka the folder of the jars of Kafka's tools
 */
record Plan(List<CaseGroup> groups, long rows, long largeRows, int repeats, int seconds, Path kafka) {
    Plan {
        groups = List.copyOf(groups);
    }
}
