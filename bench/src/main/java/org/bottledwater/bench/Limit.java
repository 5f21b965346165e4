package org.bottledwater.bench;

/** Stands in the place of a tool where the servers' own limit is measured. */
record Limit() implements Tool {
    static final String NAME = "limit";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String topic(Job job) {
        return job.name();
    }

    @Override
    public ToolProcess start(Stack stack, Job job) {
        throw new UnsupportedOperationException("a limit is no tool");
    }
}
