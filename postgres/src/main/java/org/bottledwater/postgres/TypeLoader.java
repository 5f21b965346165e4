package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.change.Type;

/** Resolves type OIDs by the catalog, with a query for each depth of nesting rather than for each type. */
final class TypeLoader {
    /** Below it are the types that initdb made: nothing changes them. */
    private static final long FIRST_NORMAL_OID = 16384;

    private final Connection connection;
    private final int serverVersion;
    private final Map<Integer, Type> builtIn = new HashMap<>();

    private record Attribute(String name, int type, int typeModifier, int dimensions) {}

    /** Those of a composite type. */
    private record Attributes(List<Attribute> present, List<Type.Dropped> dropped) {
        Attributes() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    /** A row of {@code pg_type}; an OID that does not apply is 0. {@code inner}: base, element, subtype or range. */
    private record Entry(
            int oid,
            String schema,
            String name,
            char kind,
            int inner,
            int typeModifier,
            char delimiter,
            int dimensions,
            List<String> labels,
            Attributes attributes) {}

    TypeLoader(Connection connection, int serverVersion) {
        this.connection = connection;
        this.serverVersion = serverVersion;
    }

    /** Every one of {@code oids}; a type that was dropped is a base type of the name {@code ?}. */
    Map<Integer, Type> load(Collection<Integer> oids) throws SQLException {
        Map<Integer, Entry> entries = new HashMap<>();
        Set<Integer> pending = new HashSet<>(oids);
        pending.removeAll(builtIn.keySet());
        while (!pending.isEmpty()) {
            Set<Integer> next = new HashSet<>();
            for (Entry entry : entries(pending)) {
                entries.put(entry.oid(), entry);
                next.add(entry.inner());
                entry.attributes().present.forEach(attribute -> next.add(attribute.type()));
            }
            next.remove(0);
            next.removeAll(entries.keySet());
            next.removeAll(builtIn.keySet());
            next.removeAll(pending);
            pending = next;
        }
        Map<Integer, Type> types = new HashMap<>();
        for (int oid : oids) {
            types.put(oid, build(oid, entries));
        }
        return types;
    }

    private Type build(int oid, Map<Integer, Entry> entries) {
        Type known = builtIn.get(oid);
        if (known != null) {
            return known;
        }
        Entry entry = entries.get(oid);
        if (entry == null) {
            return new Type.Base(oid, "", "?");
        }
        Type type = build(entry, entries);
        if (Integer.toUnsignedLong(oid) < FIRST_NORMAL_OID) {
            builtIn.put(oid, type);
        }
        return type;
    }

    private Type build(Entry entry, Map<Integer, Entry> entries) {
        int oid = entry.oid();
        String schema = entry.schema();
        String name = entry.name();
        return switch (entry.kind()) {
            case 'a' -> new Type.Array(oid, schema, name, build(entry.inner(), entries), entry.delimiter());
            case 'c' ->
                new Type.Composite(
                        oid,
                        schema,
                        name,
                        entry.attributes().present.stream()
                                .map(attribute -> new Type.Field(
                                        attribute.name(),
                                        build(attribute.type(), entries),
                                        attribute.typeModifier(),
                                        attribute.dimensions()))
                                .toList(),
                        List.copyOf(entry.attributes().dropped));
            case 'd' ->
                new Type.Domain(
                        oid, schema, name, build(entry.inner(), entries), entry.typeModifier(), entry.dimensions());
            case 'e' -> new Type.Enumerated(oid, schema, name, entry.labels());
            case 'm' ->
                build(entry.inner(), entries) instanceof Type.Range range
                        ? new Type.Multirange(oid, schema, name, range)
                        : new Type.Base(oid, schema, name);
            case 'r' -> new Type.Range(oid, schema, name, build(entry.inner(), entries));
            default -> new Type.Base(oid, schema, name);
        };
    }

    private List<Entry> entries(Set<Integer> oids) throws SQLException {
        String list = list(oids);
        Map<Integer, List<String>> labels = labels(list);
        Map<Integer, Attributes> attributes = attributes(list);
        // An array type is one that its element names as such: point has an element type too, and is none.
        String multirange = serverVersion >= 140000
                ? "(SELECT m.rngtypid FROM pg_range m WHERE m.rngmultitypid = t.oid)"
                : "NULL::oid";
        String sql = "SELECT t.oid::int8, n.nspname, t.typname,"
                + " CASE WHEN e.oid IS NOT NULL THEN 'a' ELSE t.typtype::text END,"
                + " coalesce(e.oid, nullif(t.typbasetype, 0), r.rngsubtype, " + multirange + ", 0)::int8,"
                + " t.typtypmod, coalesce(e.typdelim, t.typdelim)::text, t.typndims"
                + " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
                + " LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid"
                + " LEFT JOIN pg_range r ON r.rngtypid = t.oid"
                + " WHERE t.oid IN (" + list + ")";
        List<Entry> entries = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                int oid = (int) row.getLong(1);
                entries.add(new Entry(
                        oid,
                        row.getString(2),
                        row.getString(3),
                        row.getString(4).charAt(0),
                        (int) row.getLong(5),
                        row.getInt(6),
                        row.getString(7).charAt(0),
                        row.getInt(8),
                        labels.getOrDefault(oid, List.of()),
                        attributes.getOrDefault(oid, new Attributes())));
            }
        }
        return entries;
    }

    private Map<Integer, List<String>> labels(String list) throws SQLException {
        Map<Integer, List<String>> labels = new HashMap<>();
        String sql = "SELECT enumtypid::int8, enumlabel FROM pg_enum WHERE enumtypid IN (" + list
                + ") ORDER BY enumtypid, enumsortorder";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                labels.computeIfAbsent((int) row.getLong(1), first -> new ArrayList<>())
                        .add(row.getString(2));
            }
        }
        return labels;
    }

    private Map<Integer, Attributes> attributes(String list) throws SQLException {
        Map<Integer, Attributes> attributes = new HashMap<>();
        // age: numbers go round, and that of a transaction two thousand million ago is none that can be compared.
        String sql = "SELECT t.oid::int8, a.attname, a.atttypid::int8, a.atttypmod, a.attndims, a.attisdropped,"
                + " CASE WHEN age(a.xmin) BETWEEN 0 AND 2000000000 THEN a.xmin::text::int8 ELSE 0 END FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid"
                + " WHERE t.typtype = 'c' AND t.oid IN (" + list + ") AND a.attnum > 0 ORDER BY t.oid, a.attnum";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                Attributes of = attributes.computeIfAbsent((int) row.getLong(1), first -> new Attributes());
                if (row.getBoolean(6)) {
                    of.dropped.add(new Type.Dropped(of.present.size(), (int) row.getLong(7)));
                } else {
                    of.present.add(new Attribute(row.getString(2), (int) row.getLong(3), row.getInt(4), row.getInt(5)));
                }
            }
        }
        return attributes;
    }

    /**
     * Something that changes with every change of these composite types' attributes, behind what it was read by:
     * {@code txid_current_snapshot()} and a blank.
     */
    String state(Collection<Integer> composites) throws SQLException {
        String sql = "SELECT txid_current_snapshot()::text || ' ' || coalesce((SELECT string_agg(concat_ws(' ',"
                + " a.attrelid, a.attnum, a.xmin, a.attname), ',' ORDER BY a.attrelid, a.attnum)"
                + " FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid"
                + " WHERE t.oid IN (" + list(composites) + ") AND a.attnum > 0), '')";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** OIDs, which are unsigned, separated by commas. */
    static String list(Collection<Integer> oids) {
        return oids.stream().map(Integer::toUnsignedString).collect(Collectors.joining(","));
    }
}
