package org.bottledwater.bench;

import java.util.List;
import java.util.Map;

/** One kind of work that every tool does. */
interface Case {
    String name();

    /** Done once before the runs. */
    default void prepare(Bench bench) {}

    /** One run of one tool, with a {@code job} of its own. */
    Map<String, Double> run(Bench bench, Tool tool, Job job);

    /** The tables that the job is about. */
    List<String> tables(String jobName);

    /** Whether the tools are compared in it; a limit is measured by itself. */
    default boolean isLimit() {
        return false;
    }

    /** Whether the job copies what is in the table. */
    default boolean snapshot() {
        return false;
    }

    /** Done after the runs. */
    default void clear(Bench bench) {}
}
