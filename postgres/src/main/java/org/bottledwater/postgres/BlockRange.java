package org.bottledwater.postgres;

/** Blocks {@code [from, to)} of a table's file; {@code to} is {@link Long#MAX_VALUE} for up to the end, however long it is. */
public record BlockRange(long from, long to) {
    public static final BlockRange WHOLE = new BlockRange(0, Long.MAX_VALUE);

    public BlockRange {
        if (from < 0 || to <= from) {
            throw new IllegalArgumentException("not a range of blocks: from=" + from + " to=" + to);
        }
    }

    /** From that block up to the end, however far it is. */
    public static BlockRange from(long block) {
        return new BlockRange(block, Long.MAX_VALUE);
    }

    public boolean hasEnd() {
        return to != Long.MAX_VALUE;
    }
}
