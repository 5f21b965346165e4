package org.bottledwater.postgres;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Type;
import org.bottledwater.postgres.wire.CurrentTable;
import org.bottledwater.postgres.wire.NamedColumn;
import org.bottledwater.postgres.wire.RelationResolver;
import org.bottledwater.postgres.wire.WireColumn;
import org.jspecify.annotations.Nullable;

/**
 * Completes relations of the log by the catalog. The log may speak of the past, so that what it says wins: the catalog
 * is asked by column name and may know nothing (the column or the table is gone), which is no error.
 */
final class CatalogResolver implements RelationResolver {
    private final Shapes shapes;
    private final TypeLoader types;
    /** What test_decoding's tables were last: the key of a table that was dropped or renamed since is found here. */
    private final Map<TableName, CurrentTable> latest = new HashMap<>();

    /** The tables as a run listed them: one that was renamed, moved or dropped since is found here. */
    private final Map<TableName, Listed> listed = new HashMap<>();

    /** The generated columns of these tables, by the catalog when it last had the table. */
    private final Map<TableName, Set<String>> latestGenerated = new HashMap<>();

    private record Listed(int oid, ReplicaIdentity identity, List<String> keyNames) {}

    CatalogResolver(Shapes shapes, TypeLoader types) {
        this.shapes = shapes;
        this.types = types;
    }

    /** Remembers the tables' names and keys as they are now. */
    void list(Collection<Table> tables) {
        try {
            Map<Integer, List<String>> keys =
                    shapes.keyColumns(tables.stream().map(Table::oid).toList());
            for (Table table : tables) {
                Listed now = new Listed(table.oid(), table.identity(), keys.getOrDefault(table.oid(), List.of()));
                listed.put(table.name(), now);
            }
            // Rows from before it was renamed have the other name.
            tables.forEach(table -> listed.putIfAbsent(
                    table.knownAs(),
                    new Listed(table.oid(), table.identity(), keys.getOrDefault(table.oid(), List.of()))));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: keys cannot be read, tables=" + tables.size());
        }
    }

    /** As {@link Catalog#keys}. */
    Map<Integer, List<Column>> keys(Collection<Table> tables) throws SQLException {
        Map<Integer, List<Shapes.KeyColumn>> found = shapes.keys(tables);
        Map<Integer, Type> meanings = types.load(found.values().stream()
                .flatMap(List::stream)
                .map(Shapes.KeyColumn::typeOid)
                .collect(Collectors.toSet()));
        Map<Integer, List<Column>> keys = new HashMap<>();
        found.forEach((oid, columns) -> keys.put(
                oid,
                columns.stream()
                        .map(column -> new Column(
                                column.name(),
                                meaning(meanings, column.typeOid()),
                                column.typeModifier(),
                                "",
                                column.dimensions(),
                                ""))
                        .toList()));
        return keys;
    }

    @Override
    public Relation resolve(int oid, TableName name, ReplicaIdentity identity, List<WireColumn> columns) {
        try {
            return shapes.atOnce(() -> complete(oid, name, identity, columns));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: cannot be read, table=" + name);
        }
    }

    private Relation complete(int oid, TableName name, ReplicaIdentity identity, List<WireColumn> columns)
            throws SQLException {
        List<Integer> oids = columns.stream().map(WireColumn::typeOid).toList();
        List<String> declared = shapes.formatTypes(
                oids, columns.stream().map(WireColumn::typeModifier).toList());
        Map<Integer, Type> meanings = types.load(oids);
        Optional<Shape> shape = shapes.find(oid);
        // Under FULL every column is flagged as part of the identity, which says nothing of the key.
        List<String> primaryKey = identity == ReplicaIdentity.FULL ? shapes.keyColumns(oid, identity) : List.of();
        List<Column> resolved = new ArrayList<>();
        List<Integer> key = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            WireColumn column = columns.get(i);
            Optional<Shape.Attribute> now = shape.flatMap(found -> found.column(column.name()));
            resolved.add(new Column(
                    column.name(),
                    meaning(meanings, column.typeOid()),
                    column.typeModifier(),
                    declared.get(i),
                    now.map(Shape.Attribute::dimensions).orElse(0),
                    now.map(Shape.Attribute::comment).orElse("")));
            if (identity == ReplicaIdentity.FULL ? primaryKey.contains(column.name()) : column.key()) {
                key.add(i);
            }
        }
        List<String> sent = columns.stream().map(WireColumn::name).toList();
        if (shape.isPresent() && lacksGeneratedKey(shape.get(), shapes.keyColumns(oid, identity), sent)) {
            key.clear();
        }
        return new Relation(
                oid,
                name,
                identity,
                resolved,
                key,
                shape.map(Shape::comment).orElse(""),
                isKeyDeferrable(oid, identity, key));
    }

    @Override
    public Relation resolve(TableName name, List<NamedColumn> printed) {
        try {
            return shapes.atOnce(() -> complete(name, printed));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: cannot be read, table=" + name);
        }
    }

    private Relation complete(TableName name, List<NamedColumn> printed) throws SQLException {
        Optional<Shape> shape = shapes.find(name);
        // What is gone by this name: as it was when it was met last, or else when it was listed.
        Listed gone = before(name);
        if (shape.isEmpty() && !latest.containsKey(name) && gone.oid() != 0) {
            shapes.find(gone.oid()).ifPresent(moved -> latestGenerated.put(name, moved.generatedColumns()));
        }
        Set<String> leftOut = generatedColumns(name, shape);
        List<NamedColumn> columns = printed.stream()
                .filter(column -> !leftOut.contains(column.name()))
                .toList();
        ReplicaIdentity identity = shape.map(Shape::identity).orElse(gone.identity());
        List<String> keyNames =
                shape.isPresent() ? shapes.keyColumns(shape.get().oid(), identity) : gone.keyNames();
        Map<String, Integer> oids =
                shapes.typeOids(columns.stream().map(NamedColumn::typeName).toList());
        Map<Integer, Type> meanings = types.load(oids.values());
        List<Column> resolved = new ArrayList<>();
        List<Integer> key = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            NamedColumn column = columns.get(i);
            int oid = oids.getOrDefault(column.typeName(), 0);
            Optional<Shape.Attribute> now = shape.flatMap(found -> found.column(column.name()));
            // The modifier is the present one only if the type still is what the log says it was.
            Optional<Shape.Attribute> same = now.filter(attribute -> attribute.typeOid() == oid);
            resolved.add(new Column(
                    column.name(),
                    meaning(meanings, oid),
                    same.map(Shape.Attribute::typeModifier).orElse(-1),
                    same.map(Shape.Attribute::declaredType).orElse(column.typeName()),
                    now.map(Shape.Attribute::dimensions).orElse(0),
                    now.map(Shape.Attribute::comment).orElse("")));
            if (keyNames.contains(column.name())) {
                key.add(i);
            }
        }
        if (keyNames.stream().anyMatch(leftOut::contains)) {
            key.clear();
        }
        Relation relation = new Relation(
                shape.map(Shape::oid).orElse(gone.oid()),
                name,
                identity,
                resolved,
                key,
                shape.map(Shape::comment).orElse(""),
                isKeyDeferrable(shape.map(Shape::oid).orElse(gone.oid()), identity, key));
        latest.put(
                name,
                new CurrentTable(
                        relation, printed.stream().map(NamedColumn::name).toList()));
        return relation;
    }

    @Override
    public @Nullable CurrentTable current(TableName name) {
        try {
            return shapes.atOnce(() -> now(name)).orElse(null);
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "catalog: cannot be read, table=" + name);
        }
    }

    private Optional<CurrentTable> now(TableName name) throws SQLException {
        Optional<Shape> shape = shapes.find(name);
        if (shape.isPresent()) {
            return Optional.of(
                    new CurrentTable(relation(shape.get()), shape.get().columnNames()));
        }
        CurrentTable past = latest.get(name);
        return past == null ? moved(name) : Optional.of(past);
    }

    /** The table that had this name when it was listed, and has another one now. */
    private Optional<CurrentTable> moved(TableName name) throws SQLException {
        Listed then = listed.get(name);
        Optional<Shape> now = then == null ? Optional.empty() : shapes.find(then.oid());
        if (now.isEmpty()) {
            return Optional.empty();
        }
        Shape found = now.get();
        Shape asBefore = new Shape(found.oid(), name, found.identity(), found.comment(), found.columns());
        return Optional.of(new CurrentTable(relation(asBefore), found.columnNames()));
    }

    /** A column that is gone counts as an ordinary one, since it is not known what it was. */
    private Set<String> generatedColumns(TableName name, Optional<Shape> shape) {
        shape.ifPresent(found -> latestGenerated.put(name, found.generatedColumns()));
        return latestGenerated.getOrDefault(name, Set.of());
    }

    /** The table as it is now, without the generated columns. */
    Relation relation(Shape shape) throws SQLException {
        return relation(shape, false);
    }

    /** @param stored whether it has its stored generated columns, too */
    Relation relation(Shape shape, boolean stored) throws SQLException {
        List<String> keyNames = shapes.keyColumns(shape.oid(), shape.identity());
        Map<Integer, Type> meanings = types.load(
                shape.columns().stream().map(Shape.Attribute::typeOid).toList());
        List<Column> columns = new ArrayList<>();
        List<Integer> key = new ArrayList<>();
        for (Shape.Attribute attribute : shape.columns()) {
            if (attribute.generated() && !(stored && attribute.stored())) {
                continue;
            }
            if (keyNames.contains(attribute.name())) {
                key.add(columns.size());
            }
            columns.add(new Column(
                    attribute.name(),
                    meaning(meanings, attribute.typeOid()),
                    attribute.typeModifier(),
                    attribute.declaredType(),
                    attribute.dimensions(),
                    attribute.comment()));
        }
        if (lacksGeneratedKey(
                shape, keyNames, columns.stream().map(Column::name).toList())) {
            key.clear();
        }
        return new Relation(
                shape.oid(),
                shape.name(),
                shape.identity(),
                columns,
                key,
                shape.comment(),
                isKeyDeferrable(shape.oid(), shape.identity(), key));
    }

    /** The same relation, with what the types of its columns mean now. */
    Relation withTypesOfNow(Relation relation) throws SQLException {
        Map<Integer, Type> meanings = types.load(
                relation.columns().stream().map(column -> column.type().oid()).toList());
        List<Column> columns = new ArrayList<>();
        for (Column column : relation.columns()) {
            Type now = meanings.get(column.type().oid());
            columns.add(now == null || isGone(now) ? column : column.typed(now));
        }
        return new Relation(
                relation.oid(),
                relation.name(),
                relation.identity(),
                columns,
                relation.keyColumns(),
                relation.comment(),
                relation.isKeyDeferrable());
    }

    private static boolean isGone(Type type) {
        return type instanceof Type.Base && type.schema().isEmpty();
    }

    /** As {@link TypeLoader#state}. */
    String state(Collection<Integer> composites) throws SQLException {
        return types.state(composites);
    }

    /** No other identity takes a key that is deferrable. */
    private boolean isKeyDeferrable(int oid, ReplicaIdentity identity, List<Integer> key) throws SQLException {
        return identity == ReplicaIdentity.FULL && !key.isEmpty() && shapes.isKeyDeferrable(oid);
    }

    /** Generated columns are mostly not in the rows that we get; a key without one of its parts would be that of other rows. */
    private static boolean lacksGeneratedKey(Shape shape, List<String> keyNames, List<String> sent) {
        return keyNames.stream().anyMatch(name -> shape.generatedColumns().contains(name) && !sent.contains(name));
    }

    private static Type meaning(Map<Integer, Type> meanings, int oid) {
        return meanings.getOrDefault(oid, new Type.Base(oid, "", "?"));
    }

    private Listed before(TableName name) {
        CurrentTable past = latest.get(name);
        return past == null
                ? listed.getOrDefault(name, new Listed(0, ReplicaIdentity.DEFAULT, List.of()))
                : new Listed(past.relation().oid(), past.relation().identity(), keyNames(past.relation()));
    }

    private static List<String> keyNames(Relation relation) {
        return relation.keyColumns().stream()
                .map(position -> relation.columns().get(position).name())
                .toList();
    }
}
