package org.bottledwater.bench;

/** One of those that are compared. */
interface Tool {
    String name();

    /** Where the rows of the job's table go; it has one partition. */
    String topic(Job job);

    /** Starts, or starts again where it was. */
    ToolProcess start(Stack stack, Job job);
}
