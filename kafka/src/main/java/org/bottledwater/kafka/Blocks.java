package org.bottledwater.kafka;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Which blocks of a table are in Kafka: disjoint ranges in their order, of which no two touch. */
public record Blocks(List<Range> ranges) {
    public static final Blocks NONE = new Blocks(List.of());

    /** Blocks {@code [from, to)}; {@code to} is {@link Long#MAX_VALUE} for up to the end, however long the table is. */
    public record Range(long from, long to) {
        public Range {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException("not a range of blocks: from=" + from + " to=" + to);
            }
        }
    }

    public Blocks {
        ranges = List.copyOf(ranges);
    }

    /** The first {@code count} blocks. */
    public static Blocks first(long count) {
        return count == 0 ? NONE : new Blocks(List.of(new Range(0, count)));
    }

    /** These and those of {@code added}, which must not be among them. */
    public Blocks with(Range added) {
        List<Range> all = new ArrayList<>();
        long from = added.from();
        long to = added.to();
        for (Range range : ranges) {
            if (range.from() < to && from < range.to()) {
                throw new IllegalArgumentException("copied twice: blocks=" + this + " added=" + added);
            }
            if (range.to() == from) {
                from = range.from();
            } else if (range.from() == to) {
                to = range.to();
            } else {
                all.add(range);
            }
        }
        int position = 0;
        while (position < all.size() && all.get(position).from() < from) {
            position++;
        }
        all.add(position, new Range(from, to));
        return new Blocks(all);
    }

    /** These and those, which may be the same in part. */
    public Blocks and(Blocks others) {
        Blocks all = this;
        for (Range range : others.ranges) {
            for (Range missing : all.missing()) {
                if (missing.from() < range.to() && range.from() < missing.to()) {
                    all = all.with(
                            new Range(Math.max(missing.from(), range.from()), Math.min(missing.to(), range.to())));
                }
            }
        }
        return all;
    }

    /** Whether these are all that there can be. */
    public boolean isAll() {
        return missing().isEmpty();
    }

    /** How many of the table's first blocks are among them. */
    public long prefix() {
        return ranges.isEmpty() || ranges.get(0).from() > 0 ? 0 : ranges.get(0).to();
    }

    /** How many of a table's first {@code pages} blocks are among them. */
    public long count(long pages) {
        return ranges.stream()
                .mapToLong(range -> Math.max(0, Math.min(range.to(), pages) - range.from()))
                .sum();
    }

    /** All others, in their order. */
    public List<Range> missing() {
        List<Range> missing = new ArrayList<>();
        long from = 0;
        for (Range range : ranges) {
            if (from < range.from()) {
                missing.add(new Range(from, range.from()));
            }
            from = range.to();
        }
        if (from < Long.MAX_VALUE) {
            missing.add(new Range(from, Long.MAX_VALUE));
        }
        return missing;
    }

    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    /** @throws IllegalArgumentException for what {@link #toString} would not have written */
    public static Blocks parse(String text) {
        Blocks blocks = NONE;
        for (String range :
                Arrays.stream(text.split(",")).filter(part -> !part.isEmpty()).toList()) {
            String[] ends = range.split("-", -1);
            if (ends.length != 2) {
                throw new IllegalArgumentException("not a list of blocks: text=" + text);
            }
            blocks = blocks.with(
                    new Range(Long.parseLong(ends[0]), ends[1].isEmpty() ? Long.MAX_VALUE : Long.parseLong(ends[1])));
        }
        return blocks;
    }

    /** {@code 0-8192,9216-10240,11264-}. */
    @Override
    public String toString() {
        return ranges.stream()
                .map(range -> range.from() + "-" + (range.to() == Long.MAX_VALUE ? "" : range.to()))
                .collect(Collectors.joining(","));
    }
}
