package org.bottledwater.postgres.wire;

/**
 * A column in a row of test_decoding.
 *
 * @param name as the catalog holds it: unquoted
 * @param typeName as {@code format_type} prints it without modifier, quotes and brackets included: {@code "Odd"."type"[]}
 */
public record NamedColumn(String name, String typeName) {}
