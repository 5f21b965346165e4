package org.bottledwater.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a process has used so far, as Linux counts it in {@code /proc}. */
final class Meter {
    /** USER_HZ, which is 100 on every Linux that Java runs on. */
    private static final long MILLIS_PER_TICK = 10;

    private static final int UTIME = 11;
    private static final int STIME = 12;
    private static final int CUTIME = 13;
    private static final int CSTIME = 14;

    private final long pid;
    private final boolean withChildren;

    /** What was seen last; it stays when the process has ended. */
    private long cpuMillis;

    private long peakMegabytes;

    private Meter(long pid, boolean withChildren) {
        this.pid = pid;
        this.withChildren = withChildren;
    }

    static Meter of(long pid) {
        return new Meter(pid, false);
    }

    /** A server with a process per connection; those that have ended count as well. */
    static Meter withChildren(long pid) {
        return new Meter(pid, true);
    }

    boolean isWithChildren() {
        return withChildren;
    }

    /** User and system time, in milliseconds. */
    long cpuMillis() {
        long ticks = ticks(pid, withChildren);
        if (withChildren) {
            ticks += ProcessHandle.of(pid).stream()
                    .flatMap(ProcessHandle::children)
                    .mapToLong(child -> ticks(child.pid(), true))
                    .sum();
        }
        cpuMillis = Math.max(cpuMillis, ticks * MILLIS_PER_TICK);
        peakMegabytes = Math.max(peakMegabytes, readPeak());
        return cpuMillis;
    }

    private static long ticks(long pid, boolean ended) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The name, in parentheses, may have blanks.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long own = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]);
            return ended ? own + Long.parseLong(fields[CUTIME]) + Long.parseLong(fields[CSTIME]) : own;
        } catch (IOException e) {
            // It has ended.
            return 0;
        }
    }

    /** The most memory that was resident at a time, in MiB; of the process alone. */
    long peakMegabytes() {
        return Math.max(peakMegabytes, readPeak());
    }

    private long readPeak() {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
            return lines.stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
