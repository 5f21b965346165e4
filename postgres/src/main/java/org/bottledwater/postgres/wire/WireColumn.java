package org.bottledwater.postgres.wire;

/**
 * A column in pgoutput's Relation message.
 *
 * @param key whether it is part of the replica identity
 * @param typeModifier {@code atttypmod}: -1 for none
 */
public record WireColumn(String name, boolean key, int typeOid, int typeModifier) {}
