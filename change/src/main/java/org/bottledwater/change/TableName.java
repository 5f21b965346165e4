package org.bottledwater.change;

/** The name of a table as the catalog holds it: unquoted, case kept. */
public record TableName(String schema, String table) implements Comparable<TableName> {

    /** {@code "schema"."table"}, safe to paste into SQL. */
    public String quoted() {
        return quote(schema) + "." + quote(table);
    }

    /** An SQL identifier in double quotes (manual, "Identifiers and Key Words"). */
    public static String quote(String identifier) {
        return "\"" + identifier.replace("\"", "\"\"") + "\"";
    }

    @Override
    public int compareTo(TableName that) {
        int bySchema = schema.compareTo(that.schema);
        return bySchema != 0 ? bySchema : table.compareTo(that.table);
    }

    /** {@code schema.table}, for people. */
    @Override
    public String toString() {
        return schema + "." + table;
    }
}
