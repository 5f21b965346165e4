package org.bottledwater.bench;

/** What the figures are called, unit last. */
final class Figures {
    static final String TOOL = "tool";
    static final String ROWS_PER_SECOND = "rows/s";
    static final String RUNNING = "rows/s, start left out";
    static final String FIRST_MESSAGE = "first message, s";
    static final String MEGABYTES = "MB/s";
    static final String CPU_WARM = "CPU of tool, second half, us/row";
    static final String TRANSACTIONS = "transactions/s";

    private Figures() {}

    static String cpu(String process) {
        return cpu(process, "row");
    }

    static String cpu(String process, String unit) {
        return "CPU of " + process + ", us/" + unit;
    }

    static String memory(String process) {
        return "peak memory of " + process + ", MB";
    }

    static String latency(String percentile) {
        return "latency " + percentile + ", ms";
    }
}
