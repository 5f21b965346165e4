package org.bottledwater.postgres.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Type;
import org.jspecify.annotations.Nullable;

/** A resolver whose catalog is a map; it writes down what it was asked. */
final class FakeResolver implements RelationResolver {
    final List<String> asked = new ArrayList<>();
    final Map<TableName, CurrentTable> catalog = new HashMap<>();

    /** For test_decoding, which tells neither: what every table has. */
    ReplicaIdentity identity = ReplicaIdentity.DEFAULT;

    List<String> key = List.of("id");

    /** Names of columns that are generated in whichever table has them. */
    final Set<String> generated = new HashSet<>();

    @Override
    public Relation resolve(int oid, TableName name, ReplicaIdentity identity, List<WireColumn> columns) {
        asked.add("resolve " + Integer.toUnsignedString(oid) + " " + name + " " + identity + " " + columns);
        List<Integer> keys = IntStream.range(0, columns.size())
                .filter(i -> columns.get(i).key())
                .boxed()
                .toList();
        List<Column> resolved = columns.stream()
                .map(column -> column(column.name(), Integer.toUnsignedString(column.typeOid())))
                .toList();
        return new Relation(oid, name, identity, resolved, keys, "");
    }

    @Override
    public Relation resolve(TableName name, List<NamedColumn> columns) {
        asked.add("resolve " + name + " "
                + columns.stream()
                        .map(column -> column.name() + ":" + column.typeName())
                        .toList());
        return table(name, columns);
    }

    @Override
    public @Nullable CurrentTable current(TableName name) {
        asked.add("current " + name);
        return catalog.get(name);
    }

    /** Puts a table into the catalog. */
    void has(String schema, String table, String... columns) {
        TableName name = new TableName(schema, table);
        List<NamedColumn> named = Arrays.stream(columns)
                .map(column -> new NamedColumn(column, "text"))
                .toList();
        catalog.put(name, new CurrentTable(table(name, named), List.of(columns)));
    }

    private Relation table(TableName name, List<NamedColumn> listed) {
        List<NamedColumn> columns = listed.stream()
                .filter(column -> !generated.contains(column.name()))
                .toList();
        List<Integer> keys = IntStream.range(0, columns.size())
                .filter(i -> key.contains(columns.get(i).name()))
                .boxed()
                .toList();
        List<Column> resolved = columns.stream()
                .map(column -> column(column.name(), column.typeName()))
                .toList();
        return new Relation(16385, name, identity, resolved, keys, "");
    }

    private static Column column(String name, String type) {
        return new Column(name, new Type.Base(0, "pg_catalog", type), -1, type, 0, "");
    }
}
