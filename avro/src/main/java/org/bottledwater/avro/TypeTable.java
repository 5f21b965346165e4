package org.bottledwater.avro;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Type;

/**
 * What each PostgreSQL type becomes. Built-in types are known by their OID, which never changes (the server's
 * {@code pg_type.dat}), those of extensions by their name, since their OID is another in every database. What is in
 * neither list is a string of PostgreSQL's own text.
 */
public final class TypeTable {
    private static final int NUMERIC = 1700;
    private static final int MONEY = 790;
    private static final int INT2VECTOR = 22;
    private static final int OIDVECTOR = 30;

    private static final Map<Integer, Codec> BUILT_IN = builtIn();

    private static final Map<String, Codec> EXTENSIONS = Map.ofEntries(
            Map.entry("citext", Texts.TEXT),
            Map.entry("hstore", HstoreCodec.HSTORE),
            Map.entry("ltree", Texts.VERSIONED),
            Map.entry("vector", Vectors.VECTOR),
            Map.entry("halfvec", Vectors.HALFVEC),
            Map.entry("sparsevec", Vectors.SPARSEVEC),
            Map.entry("geometry", SpatialCodec.EWKB),
            Map.entry("geography", SpatialCodec.EWKB));

    private TypeTable() {}

    /**
     * Whether values of {@code type} may come in their binary form. Of any other the source must ask for the text form:
     * in a binary copy by casting the column to text, in the stream by leaving out {@code binary}.
     */
    public static boolean readsBinary(Type type) {
        return codec(type, -1, 0, TypeOptions.DEFAULT).readsBinary();
    }

    /** What the column becomes, with {@code --column-type} heard. */
    static Codec codec(Relation relation, Column column, TypeOptions options) {
        Codec codec = codec(column.type(), column.typeModifier(), column.dimensions(), options);
        String path = path(relation, column);
        String mask = options.masks().getOrDefault(path, "");
        if (!mask.isEmpty()) {
            return mask.equals(TypeOptions.SHA256) ? new HashCodec(codec) : RedactedCodec.REDACTED;
        }
        return options.columnTypes().containsKey(path) ? codec.asString() : codec;
    }

    /** {@code schema.table.column}, as {@code --column-type} and error messages have it. */
    static String path(Relation relation, Column column) {
        return relation.name() + "." + column.name();
    }

    static Codec codec(Type type, int typeModifier, int dimensions, TypeOptions options) {
        if (type instanceof Type.Base || type.oid() == INT2VECTOR || type.oid() == OIDVECTOR) {
            return base(type, typeModifier, options);
        }
        if (type instanceof Type.Enumerated enumerated) {
            return new EnumCodec(enumerated.labels());
        }
        if (type instanceof Type.Domain domain) {
            return codec(domain.base(), domain.typeModifier(), domain.dimensions(), options);
        }
        if (type instanceof Type.Array array) {
            return new ArrayCodec(codec(array.element(), typeModifier, 0, options), dimensions, array.delimiter());
        }
        if (type instanceof Type.Composite composite) {
            List<Codec> fields = composite.fields().stream()
                    .map(field -> codec(field.type(), field.typeModifier(), field.dimensions(), options))
                    .toList();
            return new CompositeCodec(composite, fields);
        }
        if (type instanceof Type.Range range) {
            return new RangeCodec(codec(range.subtype(), -1, 0, options));
        }
        Type.Multirange multirange = (Type.Multirange) type;
        return new MultirangeCodec(codec(multirange.range(), -1, 0, options));
    }

    private static Codec base(Type type, int typeModifier, TypeOptions options) {
        if (type.oid() == NUMERIC) {
            return Numerics.numeric(typeModifier, options.numeric());
        }
        if (type.oid() == MONEY) {
            return Numerics.money(options.moneyFraction());
        }
        Codec codec = BUILT_IN.get(type.oid());
        if (codec == null && !type.schema().equals("pg_catalog")) {
            codec = EXTENSIONS.get(type.name());
        }
        return codec == null ? new UnknownCodec(type.name()) : codec;
    }

    private static Map<Integer, Codec> builtIn() {
        Map<Integer, Codec> table = new HashMap<>();
        table.put(16, Integers.BOOL);
        table.put(21, Integers.INT2);
        table.put(23, Integers.INT4);
        table.put(20, Integers.INT8);
        table.put(26, Integers.UINT4); // oid
        table.put(28, Integers.UINT4); // xid
        table.put(29, Integers.UINT4); // cid
        table.put(5069, Integers.UINT8); // xid8
        table.put(700, Floats.FLOAT4);
        table.put(701, Floats.FLOAT8);

        table.put(25, Texts.TEXT);
        table.put(1043, Texts.TEXT); // varchar
        table.put(1042, Texts.TEXT); // char(n)
        table.put(19, Texts.TEXT); // name
        table.put(142, Texts.TEXT); // xml
        table.put(705, Texts.TEXT); // unknown: an untyped literal in a view of old
        table.put(1790, Texts.TEXT); // refcursor
        table.put(18, Texts.CHAR);
        table.put(114, Texts.JSON);
        table.put(3802, Texts.JSONB);
        table.put(4072, Texts.VERSIONED); // jsonpath
        table.put(2950, Texts.UUID);
        table.put(17, Texts.BYTEA);

        table.put(1082, DateTimes.DATE);
        table.put(1083, DateTimes.TIME);
        table.put(1266, DateTimes.TIMETZ);
        table.put(1114, DateTimes.TIMESTAMP);
        table.put(1184, DateTimes.TIMESTAMPTZ);
        table.put(1186, IntervalCodec.INTERVAL);

        table.put(869, Network.INET);
        table.put(650, Network.CIDR);
        table.put(829, Network.MACADDR);
        table.put(774, Network.MACADDR8);

        table.put(1560, Identifiers.BITS);
        table.put(1562, Identifiers.BITS); // varbit
        table.put(3220, Identifiers.PG_LSN);
        table.put(27, Identifiers.TID);
        table.put(2970, Identifiers.SNAPSHOT); // txid_snapshot
        table.put(5038, Identifiers.SNAPSHOT); // pg_snapshot

        table.put(600, Geometry.POINT);
        table.put(601, Geometry.LSEG);
        table.put(602, Geometry.PATH);
        table.put(603, Geometry.BOX);
        table.put(604, Geometry.POLYGON);
        table.put(628, Geometry.LINE);
        table.put(718, Geometry.CIRCLE);

        table.put(3614, TextSearch.TSVECTOR);
        table.put(3615, TextSearch.TSQUERY);
        return Map.copyOf(table);
    }
}
