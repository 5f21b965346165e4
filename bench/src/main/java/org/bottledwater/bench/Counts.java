package org.bottledwater.bench;

/** Numbers for people. */
final class Counts {
    private Counts() {}

    /** 10 M, 200 k, 10. */
    static String text(long count) {
        if (count % 1_000_000 == 0) {
            return count / 1_000_000 + " M";
        }
        return count % 1000 == 0 && count >= 10_000 ? count / 1000 + " k" : Long.toString(count);
    }
}
