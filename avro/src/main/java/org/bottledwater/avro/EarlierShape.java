package org.bottledwater.avro;

import java.util.Arrays;
import org.bottledwater.change.Type;

/**
 * Finds which fields of its type the fields of a composite value are, where the value may be older than the type.
 * Attributes are only ever added behind the others, and a dropped one leaves a gap that the catalog remembers, with the
 * transaction that dropped it. So a value has the first attributes, without those that were dropped by then.
 *
 * <p>A field that was added later is null, as PostgreSQL shows it too, and one that was dropped since is left out.
 */
final class EarlierShape {
    private static final int ABSENT = -1;
    private static final int[] NOT_CERTAIN = {};

    private final Type.Composite type;
    private final CompositeParts parts;

    private EarlierShape(Type.Composite type, CompositeParts parts) {
        this.type = type;
        this.parts = parts;
    }

    /**
     * For each field of the type which part of the value it is, -1 for none; nothing at all if that is not certain.
     *
     * @param xid of the transaction that wrote the value, or {@link RowAge#NOW}
     */
    static int[] find(Type.Composite type, CompositeParts parts, int xid) {
        EarlierShape shape = new EarlierShape(type, parts);
        int[] places = shape.places(xid);
        // Of two transactions that ran side by side, the later number may have been the earlier one to commit.
        return places.length < type.fields().size() ? shape.placesByTypes() : places;
    }

    /** By the transaction. */
    private int[] places(int xid) {
        int[] gaps = new int[type.fields().size() + 1];
        if (xid != RowAge.NOW) {
            type.dropped().stream()
                    .filter(dropped -> dropped.isYoungerThan(xid))
                    .forEach(dropped -> gaps[dropped.before()]++);
        }
        return places(gaps);
    }

    /** By the other side of one attribute that was dropped, where types tell: without all of them, or with one more. */
    private int[] placesByTypes() {
        int[] found = NOT_CERTAIN;
        if (!parts.haveTypes()) {
            return found;
        }
        int[] none = new int[type.fields().size() + 1];
        int[] all = none.clone();
        type.dropped().forEach(dropped -> all[dropped.before()]++);
        for (int[] gaps : new int[][] {none, all}) {
            int[] places = places(gaps);
            if (places.length > 0 && found.length > 0 && !Arrays.equals(places, found)) {
                return NOT_CERTAIN;
            }
            found = places.length > 0 ? places : found;
        }
        return found;
    }

    /** @param gaps how many attributes that are gone stand before each field in the value, and at its end */
    private int[] places(int[] gaps) {
        int[] places = new int[type.fields().size()];
        Arrays.fill(places, ABSENT);
        int part = gaps[0];
        int field = 0;
        while (field < places.length && part < parts.size()) {
            if (!parts.mayBe(part, type.fields().get(field).type().oid())) {
                return NOT_CERTAIN;
            }
            places[field] = part;
            field++;
            part += 1 + gaps[field];
        }
        return part < parts.size() ? NOT_CERTAIN : places;
    }
}
