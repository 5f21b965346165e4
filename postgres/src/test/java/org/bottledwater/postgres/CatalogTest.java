package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CatalogTest {
    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12", "9.5"})
    void shouldTellWhichTablesHaveAKeyAndAnIdentity(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TABLE keyed (id int PRIMARY KEY)",
                    "CREATE TABLE unkeyed (id int)",
                    "CREATE TABLE deferred (id int PRIMARY KEY DEFERRABLE)",
                    "CREATE TABLE by_index (id int PRIMARY KEY, other int NOT NULL)",
                    "CREATE UNIQUE INDEX by_index_other ON by_index (other)",
                    "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_other",
                    "CREATE TABLE index_gone (id int PRIMARY KEY, other int NOT NULL UNIQUE)",
                    "ALTER TABLE index_gone REPLICA IDENTITY USING INDEX index_gone_other_key",
                    "ALTER TABLE index_gone DROP CONSTRAINT index_gone_other_key",
                    "CREATE TABLE full_keyed (id int PRIMARY KEY)",
                    "ALTER TABLE full_keyed REPLICA IDENTITY FULL",
                    "CREATE TABLE full_unkeyed (id int)",
                    "ALTER TABLE full_unkeyed REPLICA IDENTITY FULL",
                    "CREATE TABLE nothing (id int PRIMARY KEY)",
                    "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
                    "CREATE SCHEMA \"Odd \"\"one\"",
                    "CREATE TABLE \"Odd \"\"one\".\"a.b\" (\"Id\" int PRIMARY KEY)",
                    "CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY)",
                    "CREATE TEMPORARY TABLE passing (id int)",
                    "CREATE VIEW looking AS SELECT 1 AS id");
            List<String> lines = new Catalog(postgres)
                    .tables().stream()
                            .map(table -> table.name() + " " + table.identity() + (table.keyed() ? " keyed" : "")
                                    + (table.hasIdentity() ? " identity" : ""))
                            .toList();
            assertThat(lines)
                    .containsExactly(
                            "Odd \"one.a.b DEFAULT keyed identity",
                            "public.by_index INDEX keyed identity",
                            "public.deferred DEFAULT",
                            "public.full_keyed FULL keyed identity",
                            "public.full_unkeyed FULL identity",
                            "public.index_gone INDEX",
                            "public.keyed DEFAULT keyed identity",
                            "public.nothing NOTHING",
                            "public.unkeyed DEFAULT");
            assertThat(new Catalog(postgres).leftOut())
                    .isEqualTo(Map.of(
                            "unlogged tables", List.of(new TableName("public", "fleeting")),
                            "views", List.of(new TableName("public", "looking"))));
        }
    }

    @Test
    void shouldNotCountRowsTwiceThatWereInsertedAndAnalysedInOneSession() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18");
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "INSERT INTO t SELECT generate_series(1, 1000)",
                    "ANALYZE t",
                    // What the session has inserted is added to what ANALYZE has counted.
                    "SELECT pg_stat_force_next_flush()",
                    "SELECT 1");

            assertThat(new Catalog(postgres).tables())
                    .singleElement()
                    .satisfies(table -> assertThat(table.rows()).isEqualTo(1000));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12", "9.5"})
    void shouldResolveTypesToTheirInnards(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy')",
                    "CREATE DOMAIN price AS numeric(10,2)",
                    "CREATE DOMAIN low_price AS price CHECK (VALUE < 10)",
                    "CREATE TYPE pair AS (a int, b mood[])",
                    "CREATE TYPE float_range AS RANGE (subtype = float8)",
                    "CREATE TABLE t (id int PRIMARY KEY, m mood, p low_price, c pair, cs pair[], r int4range,"
                            + " fr float_range, pt point, v int2vector, ch \"char\", s char(3), dropped int,"
                            + " n numeric(8,3), grid int[][], ps price" + (major.equals("9.5") ? "" : "[]") + ")",
                    "ALTER TABLE t DROP COLUMN dropped",
                    "COMMENT ON TABLE t IS 'a table'",
                    "COMMENT ON COLUMN t.n IS 'a number'");
            Relation relation = relation(postgres, "t");
            assertThat(relation.comment()).isEqualTo("a table");
            assertThat(relation.keyColumns()).containsExactly(0);
            Function<Column, String> line =
                    column -> column.name() + " " + print(column.type()) + " " + column.declaredType()
                            + (column.dimensions() > 0 ? " dimensions=" + column.dimensions() : "")
                            + (column.comment().isEmpty() ? "" : " -- " + column.comment());
            assertThat(relation.columns().stream().map(line).toList())
                    .startsWith(
                            "id int4 integer",
                            "m enum[sad, it's ok, happy] public.mood",
                            "p domain(domain(numeric)) public.low_price",
                            "c record{a int4, b array(enum[sad, it's ok, happy])} public.pair",
                            "cs array(record{a int4, b array(enum[sad, it's ok, happy])}) public.pair[] dimensions=1",
                            "r range(int4) int4range",
                            "fr range(float8) public.float_range",
                            "pt point point",
                            "v int2vector int2vector",
                            "ch char \"char\"",
                            "s bpchar character(3)",
                            "n numeric numeric(8,3) -- a number",
                            "grid array(int4) integer[] dimensions=2");
            if (!major.equals("9.5")) { // arrays of domains came with 11
                assertThat(line.apply(relation.columns().get(13)))
                        .isEqualTo("ps array(domain(numeric)) public.price[] dimensions=1");
            }
        }
    }

    private static Relation relation(Postgres postgres, String name) {
        Catalog catalog = new Catalog(postgres);
        Table table = catalog.tables().stream()
                .filter(each -> each.name().table().equals(name))
                .findFirst()
                .orElseThrow();
        return catalog.relation(table);
    }

    private static String print(Type type) {
        if (type instanceof Type.Array array) {
            return "array(" + print(array.element()) + ")";
        } else if (type instanceof Type.Domain domain) {
            return "domain(" + print(domain.base()) + ")";
        } else if (type instanceof Type.Enumerated enumerated) {
            return "enum" + enumerated.labels();
        } else if (type instanceof Type.Range range) {
            return "range(" + print(range.subtype()) + ")";
        } else if (type instanceof Type.Multirange multirange) {
            return "multirange(" + print(multirange.range()) + ")";
        } else if (type instanceof Type.Composite composite) {
            return composite.fields().stream()
                    .map(field -> field.name() + " " + print(field.type()))
                    .collect(Collectors.joining(", ", "record{", "}"));
        }
        return type.name();
    }

    private static List<String> names(Relation relation) {
        return relation.columns().stream().map(Column::name).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "15"})
    void shouldLeaveOutGeneratedColumns(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c text, m int4multirange,"
                            + " PRIMARY KEY (a) INCLUDE (c))",
                    "CREATE TABLE key_generated (a int, b int GENERATED ALWAYS AS (a * 2) STORED PRIMARY KEY)",
                    "CREATE TABLE full_generated (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED)",
                    "ALTER TABLE full_generated REPLICA IDENTITY FULL");
            Relation relation = relation(postgres, "g");
            assertThat(names(relation)).containsExactly("a", "c", "m");
            assertThat(relation.keyColumns()).containsExactly(0);
            assertThat(print(relation.columns().get(2).type())).isEqualTo("multirange(range(int4))");
            // PostgreSQL 18 refuses updates of a published table whose identity has unpublished columns.
            assertThat(new Catalog(postgres)
                            .tables().stream()
                                    .filter(Table::hasIdentity)
                                    .map(table -> table.name().table())
                                    .toList())
                    .isEqualTo(major.equals("18") ? List.of("g") : List.of("full_generated", "g"));

            RelationResolver resolver = new Catalog(postgres).resolver(List.of());
            TableName name = new TableName("public", "g");
            List<NamedColumn> listed = List.of(
                    new NamedColumn("a", "integer"),
                    new NamedColumn("gone", "integer"),
                    new NamedColumn("b", "integer"),
                    new NamedColumn("c", "text"));
            assertThat(names(resolver.resolve(name, listed))).containsExactly("a", "gone", "c");
            CurrentTable current = Objects.requireNonNull(resolver.current(name));
            assertThat(names(current.relation())).containsExactly("a", "c", "m");
            assertThat(current.columns()).containsExactly("a", "b", "c", "m");
            database.execute("DROP TABLE g");
            assertThat(names(resolver.resolve(name, listed))).containsExactly("a", "gone", "c");
            CurrentTable past = Objects.requireNonNull(resolver.current(name));
            assertThat(past.columns()).containsExactly("a", "gone", "b", "c");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldKnowAListedTableByItsFormerName(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TABLE moved (a int, id int PRIMARY KEY)",
                    "CREATE TABLE dropped (id int, item text UNIQUE NOT NULL)",
                    "ALTER TABLE dropped REPLICA IDENTITY USING INDEX dropped_item_key");
            Catalog catalog = new Catalog(postgres);
            List<Table> tables = catalog.tables();
            RelationResolver resolver = catalog.resolver(tables);
            database.execute("ALTER TABLE moved RENAME TO other", "DROP TABLE dropped");

            Relation moved = resolver.resolve(
                    new TableName("public", "moved"),
                    List.of(new NamedColumn("a", "integer"), new NamedColumn("id", "integer")));
            assertThat(moved.name().table()).isEqualTo("moved");
            assertThat(moved.keyColumns()).containsExactly(1);
            assertThat(moved.oid()).isEqualTo(tables.get(1).oid());
            Relation dropped = resolver.resolve(
                    new TableName("public", "dropped"),
                    List.of(new NamedColumn("id", "integer"), new NamedColumn("item", "text")));
            assertThat(dropped.keyColumns()).containsExactly(1);
            assertThat(dropped.identity()).isEqualTo(ReplicaIdentity.INDEX);
            assertThat(dropped.oid()).isEqualTo(tables.get(0).oid());
            Relation never =
                    resolver.resolve(new TableName("public", "never"), List.of(new NamedColumn("id", "integer")));
            assertThat(never.keyColumns()).isEmpty();
            assertThat(never.oid()).isZero();
        }
    }

    /** One question was answered before the DROP and the next one behind it: a table whose key is gone. */
    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldSeeATableThatIsBeingDroppedWithItsKeyOrNotAtAll(String major) throws Exception {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute("CREATE TABLE t (id int PRIMARY KEY, item text)");
            Catalog catalog = new Catalog(postgres);
            RelationResolver resolver = catalog.resolver(catalog.tables());
            AtomicBoolean enough = new AtomicBoolean();
            FutureTask<Void> anew = new FutureTask<>(() -> {
                while (!enough.get()) {
                    database.execute("DROP TABLE t", "CREATE TABLE t (id int PRIMARY KEY, item text)");
                }
                return null;
            });
            Thread dropping = new Thread(anew, "dropping");
            dropping.start();
            try {
                for (int i = 0; i < 500 && !anew.isDone(); i++) {
                    assertThat(resolver.resolve(
                                            new TableName("public", "t"),
                                            List.of(new NamedColumn("id", "integer"), new NamedColumn("item", "text")))
                                    .keyColumns())
                            .containsExactly(0);
                }
            } finally {
                enough.set(true);
                anew.get();
            }
        }
    }

    @Test
    void shouldNotTakeATableThatIsBeingDroppedForOneThatMayNotBeRead() throws Exception {
        try (TestDatabase database = TestDatabase.create("18");
                Postgres postgres = Postgres.connect(database.address())) {
            Catalog catalog = new Catalog(postgres);
            AtomicBoolean enough = new AtomicBoolean();
            FutureTask<Void> anew = new FutureTask<>(() -> {
                while (!enough.get()) {
                    database.execute(
                            "CREATE SCHEMA s CREATE TABLE t (id int PRIMARY KEY) CREATE TABLE u (id int PRIMARY KEY)",
                            "DROP SCHEMA s CASCADE");
                }
                return null;
            });
            new Thread(anew, "dropping").start();
            try {
                for (int i = 0; i < 2_000 && !anew.isDone(); i++) {
                    assertThat(catalog.tables()).allMatch(Table::readable);
                }
            } finally {
                enough.set(true);
                anew.get();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldCompleteRelationsOfTheLogByTheCatalog(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE SCHEMA s",
                    "CREATE TYPE s.\"My Type\" AS ENUM ('x')",
                    "CREATE TABLE s.t (a int, b numeric(10,2), c s.\"My Type\"[], d char(4), e \"char\", f varchar(9)[],"
                            + " g timestamptz(3), PRIMARY KEY (a, d))",
                    "COMMENT ON COLUMN s.t.b IS 'price'");
            RelationResolver resolver = new Catalog(postgres).resolver(List.of());
            TableName name = new TableName("s", "t");
            Relation named = resolver.resolve(
                    name,
                    List.of(
                            new NamedColumn("a", "integer"),
                            new NamedColumn("b", "numeric"),
                            new NamedColumn("c", "s.\"My Type\"[]"),
                            new NamedColumn("d", "character"),
                            new NamedColumn("e", "\"char\""),
                            new NamedColumn("f", "character varying[]"),
                            new NamedColumn("g", "timestamp with time zone"),
                            new NamedColumn("gone", "???")));
            Relation catalog = relation(postgres, "t");
            assertThat(named.columns().subList(0, 7)).isEqualTo(catalog.columns());
            assertThat(named.columns().get(7).type()).isEqualTo(new Type.Base(0, "", "?"));
            assertThat(named.keyColumns()).containsExactly(0, 3).isEqualTo(catalog.keyColumns());
            assertThat(named.oid()).isEqualTo(catalog.oid());

            List<WireColumn> wire = catalog.columns().stream()
                    .map(column -> new WireColumn(
                            column.name(),
                            column.name().equals("b"),
                            column.type().oid(),
                            column.typeModifier()))
                    .toList();
            Relation flagged = resolver.resolve(catalog.oid(), name, ReplicaIdentity.INDEX, wire);
            assertThat(flagged.columns()).isEqualTo(catalog.columns());
            assertThat(flagged.keyColumns()).containsExactly(1);
            Relation full = resolver.resolve(catalog.oid(), name, ReplicaIdentity.FULL, wire);
            assertThat(full.keyColumns()).containsExactly(0, 3);

            database.execute("DROP TABLE s.t", "DROP TYPE s.\"My Type\"");
            Relation past = resolver.resolve(catalog.oid(), name, ReplicaIdentity.DEFAULT, wire);
            assertThat(past.columns().get(2).type().name()).isEqualTo("?");
            assertThat(past.columns().get(1).declaredType()).isEqualTo("numeric(10,2)");
            assertThat(resolver.resolve(name, List.of(new NamedColumn("a", "integer")))
                            .keyColumns())
                    .containsExactly(0);
            assertThat(resolver.current(new TableName("s", "never"))).isNull();
        }
    }

    @Test
    void shouldSeeNewLabelsOfATypeThatItKnows() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18");
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute("CREATE TYPE mood AS ENUM ('sad')", "CREATE TABLE t (m mood PRIMARY KEY)");
            Catalog catalog = new Catalog(postgres);
            Relation before = catalog.relation(catalog.tables().get(0));
            database.execute("ALTER TYPE mood ADD VALUE 'glad'");
            Relation after = catalog.relation(before.oid()).orElseThrow();
            assertThat(print(before.columns().get(0).type())).isEqualTo("enum[sad]");
            assertThat(print(after.columns().get(0).type())).isEqualTo("enum[sad, glad]");
            assertThat(catalog.pages(catalog.tables().get(0))).isZero();
        }
    }
}
