package org.bottledwater.change;

import java.util.List;

/**
 * A PostgreSQL data type, resolved down to what a codec needs (manual, "pg_type").
 *
 * <p>{@code oid} is the type's own; {@code schema} and {@code name} are as in {@code pg_type}: an array of integer is
 * {@code pg_catalog}, {@code _int4}.
 */
public sealed interface Type {
    int oid();

    String schema();

    String name();

    /** A type without inner structure that the catalog knows of: base types and pseudo-types. */
    record Base(int oid, String schema, String name) implements Type {}

    /** An enumerated type; {@code labels} in their sort order. */
    record Enumerated(int oid, String schema, String name, List<String> labels) implements Type {}

    /**
     * A domain; {@code typeModifier} is what the domain gives its base type, -1 for none, and {@code dimensions} is 0 unless that
     * is an array.
     */
    record Domain(int oid, String schema, String name, Type base, int typeModifier, int dimensions) implements Type {}

    /** A composite type; {@code fields} without the dropped ones, in order. */
    record Composite(int oid, String schema, String name, List<Field> fields, List<Dropped> dropped) implements Type {
        /** One that never had other fields. */
        public Composite(int oid, String schema, String name, List<Field> fields) {
            this(oid, schema, name, fields, List.of());
        }
    }

    /**
     * An attribute that a composite type had; what it was called and of which type it was is known no more.
     *
     * @param before how many of the fields stand before it
     * @param by the 32-bit number of the transaction that dropped it, 0 if that is long ago
     */
    record Dropped(int before, int by) {
        /** Whether a row of the transaction {@code xid} may still have it: that number was given out earlier. */
        public boolean isYoungerThan(int xid) {
            return by != 0 && xid - by < 0;
        }
    }

    /** An array type (of any number of dimensions, as PostgreSQL does not tell them apart). */
    record Array(int oid, String schema, String name, Type element, char delimiter) implements Type {}

    /** A range type. */
    record Range(int oid, String schema, String name, Type subtype) implements Type {}

    /** A multirange type. */
    record Multirange(int oid, String schema, String name, Range range) implements Type {}

    /** A field of a composite type; {@code dimensions} is 0 for what is not an array. */
    record Field(String name, Type type, int typeModifier, int dimensions) {}
}
