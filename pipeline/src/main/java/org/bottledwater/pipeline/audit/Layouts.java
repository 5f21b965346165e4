package org.bottledwater.pipeline.audit;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The layouts of a topic's values: that of the table as it is now, and those that it had before. A value of the present
 * layout is compared as a whole. One of an older layout is compared by the columns that it has in common with the table:
 * what was added, renamed or given another type since is passed over, as no message tells of such a change. Which columns these are
 * makes a kind; a row has one hash for each kind. Not thread-safe.
 */
abstract class Layouts {
    /** The kind of the present layout. */
    static final int PRESENT = 0;

    /** Of a layout that cannot be found out, or one too many. */
    static final int UNKNOWN = -1;

    /** Above are the kinds of what has no layout: {@link Comparison}. */
    private static final int KINDS_MAX = 60;

    private final List<String> columns;
    private final List<String> fields;
    private final int start;
    private final List<BitSet> kinds = new ArrayList<>();
    private final KeyHash hash = new KeyHash();
    private final Spans spans = new Spans();
    private final Spans others = new Spans();

    /**
     * @param columns the table's
     * @param fields what they are called in messages
     * @param start where in the bytes the values of the fields begin
     */
    Layouts(List<String> columns, List<String> fields, int start) {
        this.columns = List.copyOf(columns);
        this.fields = List.copyOf(fields);
        this.start = start;
        BitSet all = new BitSet();
        all.set(0, columns.size());
        kinds.add(all);
    }

    /** A layout: for each field its column, and which kind that makes. */
    static final class Layout {
        private final int[] aligned;
        private final int kind;

        private Layout(int[] aligned, int kind) {
            this.aligned = aligned;
            this.kind = kind;
        }

        int kind() {
            return kind;
        }
    }

    /** The layout of a message's value. */
    abstract Optional<Layout> of(byte[] value);

    /** Cuts a value of a layout that {@link #of} has found. */
    abstract void split(byte[] value, Spans into);

    /** Cuts the value of a row. */
    abstract void splitRow(byte[] row, Spans into);

    /** Whether layouts are met only as messages are read, so that the rows have to wait for that. */
    abstract boolean areMet();

    Layout layout(int[] aligned) {
        if (Alignment.isWhole(aligned, columns)) {
            return new Layout(aligned, PRESENT);
        }
        BitSet common = new BitSet();
        for (int column : aligned) {
            if (column != Alignment.NONE) {
                common.set(column);
            }
        }
        // The first is compared as a whole, and is not that of values with other fields beside all columns.
        int known = kinds.subList(1, kinds.size()).indexOf(common) + 1;
        if (known > 0) {
            return new Layout(aligned, known);
        }
        if (kinds.size() == KINDS_MAX) {
            return new Layout(aligned, UNKNOWN);
        }
        kinds.add(common);
        return new Layout(aligned, kinds.size() - 1);
    }

    /** What the columns are called in messages. */
    List<String> fields() {
        return fields;
    }

    /** How many kinds there are by now. */
    int kinds() {
        return kinds.size();
    }

    /** Of a message's value, of a layout whose kind is known. */
    long hash(byte[] value, Layout layout) {
        if (layout.kind == PRESENT) {
            return whole(value);
        }
        split(value, spans);
        long sum = 0;
        for (int i = 0; i < spans.count(); i++) {
            int column = layout.aligned[i];
            if (column != Alignment.NONE) {
                sum += part(value, spans, i, column);
            }
        }
        return sum;
    }

    /** Of a row's value, one for each kind. */
    void hashes(byte[] row, long[] into) {
        into[PRESENT] = whole(row);
        if (kinds.size() == 1) {
            return;
        }
        for (int kind = 1; kind < kinds.size(); kind++) {
            into[kind] = 0;
        }
        splitRow(row, spans);
        for (int column = 0; column < spans.count(); column++) {
            long part = part(row, spans, column, column);
            for (int kind = 1; kind < kinds.size(); kind++) {
                into[kind] += kinds.get(kind).get(column) ? part : 0;
            }
        }
    }

    private long whole(byte[] value) {
        return hash.of(value, start, value.length).high();
    }

    private long part(byte[] value, Spans in, int field, int column) {
        return KeyHash.finish(hash.of(value, in.from(field), in.to(field)).high() + column);
    }

    /** The columns in which a message differs from a row, as far as they can be compared; {@code excused} ones cannot. */
    List<String> differing(byte[] message, byte[] row, Set<String> excused) {
        Optional<Layout> layout = of(message);
        if (layout.isEmpty()) {
            return List.of("(schema unknown)");
        }
        split(message, spans);
        splitRow(row, others);
        List<String> differing = new ArrayList<>();
        for (int i = 0; i < spans.count(); i++) {
            int column = layout.get().aligned[i];
            if (column != Alignment.NONE
                    && !excused.contains(columns.get(column))
                    && hash.of(message, spans.from(i), spans.to(i)).high()
                            != hash.of(row, others.from(column), others.to(column))
                                    .high()) {
                differing.add(columns.get(column));
            }
        }
        return differing;
    }
}
