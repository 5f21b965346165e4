package org.bottledwater.change;

/**
 * A column of a {@link Relation}.
 *
 * @param name as the catalog holds it
 * @param type what its OID means
 * @param typeModifier {@code atttypmod}: -1 for none
 * @param declaredType as {@code format_type} prints it: {@code numeric(10,2)}
 * @param dimensions {@code attndims}: the declared array dimensions, 0 for what is not an array
 * @param comment the column's comment, empty for none
 */
public record Column(String name, Type type, int typeModifier, String declaredType, int dimensions, String comment) {
    /** The same column with another meaning of its type. */
    public Column typed(Type other) {
        return new Column(name, other, typeModifier, declaredType, dimensions, comment);
    }

    /** The same column with another comment. */
    public Column commented(String other) {
        return new Column(name, type, typeModifier, declaredType, dimensions, other);
    }
}
