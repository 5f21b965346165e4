package org.bottledwater.avro;

import java.util.Map;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Type;

/** Names of types as {@code format_type} prints them, for the fields of composite types, whose own the catalog does not tell. */
final class TypeNames {
    /** What SQL calls the types that have another name in the catalog. */
    private static final Map<String, String> SQL = Map.ofEntries(
            Map.entry("bool", "boolean"),
            Map.entry("int2", "smallint"),
            Map.entry("int4", "integer"),
            Map.entry("int8", "bigint"),
            Map.entry("float4", "real"),
            Map.entry("float8", "double precision"),
            Map.entry("bpchar", "character"),
            Map.entry("varchar", "character varying"),
            Map.entry("varbit", "bit varying"),
            Map.entry("char", "\"char\""),
            Map.entry("time", "time without time zone"),
            Map.entry("timetz", "time with time zone"),
            Map.entry("timestamp", "timestamp without time zone"),
            Map.entry("timestamptz", "timestamp with time zone"));

    private TypeNames() {}

    static String format(Type type, int typeModifier) {
        if (type instanceof Type.Array array) {
            return format(array.element(), typeModifier) + "[]";
        }
        if (!type.schema().equals("pg_catalog")) {
            return identifier(type.schema()) + "." + identifier(type.name());
        }
        String name = SQL.getOrDefault(type.name(), type.name());
        if (typeModifier < 0) {
            return name;
        }
        return switch (type.name()) {
            case "bpchar", "varchar" -> name + "(" + (typeModifier - 4) + ")";
            case "bit", "varbit" -> name + "(" + typeModifier + ")";
            case "numeric" -> name + "(" + Numerics.precision(typeModifier) + "," + Numerics.scale(typeModifier) + ")";
            case "time", "timetz", "timestamp", "timestamptz" -> {
                int word = (name + " ").indexOf(' ');
                yield name.substring(0, word) + "(" + typeModifier + ")" + name.substring(word);
            }
            default -> name;
        };
    }

    private static String identifier(String name) {
        return name.matches("[a-z_][a-z0-9_$]*") ? name : TableName.quote(name);
    }
}
