package org.bottledwater.connect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What processes have used so far, as Linux counts it in {@code /proc} ("proc", {@code /proc/pid/stat}). */
final class Cpu {
    /** USER_HZ, which is 100 on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    /** utime, stime, and those of children that have ended. */
    private static final int FIRST = 11;

    private static final int LAST = 14;

    private Cpu() {}

    /** User and system time of a process and of its children, in seconds. */
    static double seconds(long pid) {
        return ticks(pid) / TICKS_PER_SECOND
                + ProcessHandle.of(pid).stream()
                        .flatMap(ProcessHandle::children)
                        .mapToDouble(child -> ticks(child.pid()) / TICKS_PER_SECOND)
                        .sum();
    }

    private static long ticks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The name, in parentheses, may have blanks.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = 0;
            for (int i = FIRST; i <= LAST; i++) {
                ticks += Long.parseLong(fields[i]);
            }
            return ticks;
        } catch (IOException e) {
            // It has just ended: its parent counts it from now on.
            return 0;
        }
    }
}
