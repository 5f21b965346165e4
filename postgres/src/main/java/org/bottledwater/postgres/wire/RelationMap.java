package org.bottledwater.postgres.wire;

import org.bottledwater.change.Relation;
import org.jspecify.annotations.Nullable;

/** Relations by OID, with open addressing so that a look-up makes no object. OID 0 is no relation and marks a free slot. */
final class RelationMap {
    private int[] oids = new int[64];
    private @Nullable Relation[] relations = new Relation[64];
    private int size;

    @Nullable
    Relation get(int oid) {
        return relations[slot(oids, oid)];
    }

    void put(int oid, Relation relation) {
        if (size * 2 >= oids.length) {
            grow();
        }
        int slot = slot(oids, oid);
        if (oids[slot] == 0) {
            size++;
        }
        oids[slot] = oid;
        relations[slot] = relation;
    }

    /** The slot that holds {@code oid}, or the free one where it would go. */
    private static int slot(int[] oids, int oid) {
        int mask = oids.length - 1;
        // OIDs come in runs with equal steps: the multiplication spreads them, and its best bits are the high ones.
        int hash = oid * 0x9E3779B9;
        int slot = (hash ^ hash >>> 16) & mask;
        while (oids[slot] != 0 && oids[slot] != oid) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        int[] biggerOids = new int[oids.length * 2];
        @Nullable Relation[] biggerRelations = new Relation[oids.length * 2];
        for (int i = 0; i < oids.length; i++) {
            if (oids[i] != 0) {
                int slot = slot(biggerOids, oids[i]);
                biggerOids[slot] = oids[i];
                biggerRelations[slot] = relations[i];
            }
        }
        oids = biggerOids;
        relations = biggerRelations;
    }
}
