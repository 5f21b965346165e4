package org.bottledwater.postgres;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bottledwater.change.Relation;

/**
 * Finds the columns of a relation of the WAL in the table as it is now, by attribute number: a name may have passed to another
 * column since. pgoutput and test_decoding list the columns of their time in the order of these numbers, without the dropped
 * ones; later columns come behind them, and a dropped one keeps its place (manual, "pg_attribute").
 */
final class ColumnPlaces {
    private static final int UNKNOWN = -1;
    private static final int AMBIGUOUS = -2;

    /** Each of these may have been dropped before the change or after it: all combinations are tried. */
    private static final int MOST_DOUBTS = 6;

    private final Relation relation;
    private final List<Attribute> attributes;

    /**
     * A row of {@code pg_attribute}.
     *
     * @param settled whether the row was written before any change that is still to be delivered
     */
    record Attribute(int number, String name, int type, boolean dropped, boolean generated, boolean settled) {}

    private ColumnPlaces(Relation relation, List<Attribute> attributes) {
        this.relation = relation;
        this.attributes = attributes;
    }

    /**
     * For each column of the relation the position in {@code attributes} of what it is now, or -1 where that is dropped, has another
     * type, or is not known.
     *
     * @param attributes of the table, in the order of their numbers
     * @param whole whether the relation has all columns of the table, except maybe for generated ones
     */
    static int[] find(Relation relation, List<Attribute> attributes, boolean whole) {
        return new ColumnPlaces(relation, attributes).find(whole);
    }

    private int[] find(boolean whole) {
        int[] places = new int[relation.columns().size()];
        boolean complete = true;
        for (int i = 0; i < places.length; i++) {
            places[i] = settled(name(i));
            complete &= places[i] >= 0;
        }
        if (!complete && whole) {
            int[] aligned = align();
            for (int i = 0; i < places.length; i++) {
                places[i] = places[i] >= 0 ? places[i] : aligned[i];
            }
        }
        for (int i = 0; i < places.length; i++) {
            if (places[i] < 0
                    || attributes.get(places[i]).type() != type(i)
                    || attributes.get(places[i]).dropped()) {
                places[i] = UNKNOWN;
            }
        }
        return places;
    }

    /** A column that has had its name for long enough. */
    private int settled(String name) {
        for (int i = 0; i < attributes.size(); i++) {
            Attribute attribute = attributes.get(i);
            if (!attribute.dropped() && attribute.settled() && attribute.name().equals(name)) {
                return i;
            }
        }
        return UNKNOWN;
    }

    /** By position: what all ways in which the relation can have come about agree on. */
    private int[] align() {
        int[] agreed = new int[relation.columns().size()];
        Arrays.fill(agreed, UNKNOWN);
        List<Integer> doubts = new ArrayList<>();
        for (int i = 0; i < attributes.size(); i++) {
            if (attributes.get(i).dropped() && !attributes.get(i).settled()) {
                doubts.add(i);
            }
        }
        if (doubts.size() > MOST_DOUBTS) {
            return agreed;
        }
        for (int there = 0; there < 1 << doubts.size(); there++) {
            agree(agreed, asOfThen(doubts, there, true));
            agree(agreed, asOfThen(doubts, there, false));
        }
        return agreed;
    }

    /**
     * The columns that the table had if these dropped ones were still there, and maybe later ones.
     *
     * @param there the bits of those of {@code doubts}
     */
    private List<Integer> asOfThen(List<Integer> doubts, int there, boolean generated) {
        List<Integer> columns = new ArrayList<>();
        for (int i = 0; i < attributes.size(); i++) {
            Attribute attribute = attributes.get(i);
            int doubt = doubts.indexOf(i);
            boolean wasThere = !attribute.dropped() || (doubt >= 0 && ((there >> doubt) & 1) == 1);
            if (wasThere && (generated || !attribute.generated())) {
                columns.add(i);
            }
        }
        return columns;
    }

    private void agree(int[] agreed, List<Integer> columns) {
        if (!isPossible(columns)) {
            return;
        }
        for (int i = 0; i < agreed.length; i++) {
            if (agreed[i] == UNKNOWN) {
                agreed[i] = columns.get(i);
            } else if (agreed[i] != columns.get(i)) {
                agreed[i] = AMBIGUOUS;
            }
        }
    }

    /** A column that has had its name for long enough must have it in the relation. */
    private boolean isPossible(List<Integer> columns) {
        if (columns.size() < relation.columns().size()) {
            return false;
        }
        for (int i = 0; i < columns.size(); i++) {
            Attribute attribute = attributes.get(columns.get(i));
            boolean isThere = i < relation.columns().size();
            if (!attribute.dropped()
                    && attribute.settled()
                    && !(isThere && attribute.name().equals(name(i)))) {
                return false;
            }
        }
        return true;
    }

    private String name(int column) {
        return relation.columns().get(column).name();
    }

    private int type(int column) {
        return relation.columns().get(column).type().oid();
    }
}
