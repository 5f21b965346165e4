package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people make of a table between a change and the reading of its large values. */
final class RowFetcherTest {
    private static String fetch(RowFetcher fetcher, Relation relation, Integer... columns) {
        List<Optional<Fetched>> rows = fetcher.fetch(
                relation, RowFetcher.ANY, List.of(columns), List.of(List.of("1")), type -> false, Long.MAX_VALUE);
        return rows.get(0).map(row -> Recorder.render(row.columns())).orElse("gone");
    }

    private static Relation relation(Postgres postgres, String table) {
        Catalog catalog = new Catalog(postgres);
        return catalog.tables().stream()
                .filter(each -> each.name().equals(new TableName("public", table)))
                .map(catalog::relation)
                .findFirst()
                .orElseThrow();
    }

    /** Whether the slot had the table before, so that the catalog's rows tell when they were written, or not. */
    @ParameterizedTest
    @ValueSource(strings = {"18 slot", "15", "9.5 slot"})
    void shouldFindColumnsByWhatTheyWere(String where) throws SQLException {
        String slot = where.endsWith("slot") ? "places" : "";
        try (TestDatabase database = TestDatabase.create(where.split(" ", -1)[0]);
                Postgres postgres = Postgres.connect(database.address());
                RowFetcher fetcher = new RowFetcher(database.address(), new RowSource(slot, false, Optional.empty()))) {
            database.execute(
                    "CREATE TABLE t (gone int, id int PRIMARY KEY, a text, b text, c text)",
                    "ALTER TABLE t DROP gone",
                    "INSERT INTO t VALUES (1, 'a', 'b', 'c')");
            if (!slot.isEmpty()) {
                database.query("SELECT 1 FROM pg_create_logical_replication_slot('places', 'test_decoding')");
            }
            try {
                Relation before = relation(postgres, "t");
                assertThat(fetch(fetcher, before, 1, 2, 3)).isEqualTo(slot.isEmpty() ? "gone" : "(a|b|c)");
                Relation t = slot.isEmpty() ? withoutDrops(database, postgres) : before;
                assertThat(fetch(fetcher, t, 1, 2, 3)).isEqualTo("(a|b|c)");
                database.execute(
                        "ALTER TABLE t RENAME a TO x", "ALTER TABLE t RENAME b TO a", "ALTER TABLE t RENAME x TO b");
                assertThat(fetch(fetcher, t, 1, 2, 3)).as("swapped").isEqualTo("(a|b|c)");
                database.execute(
                        "ALTER TABLE t RENAME id TO nr", "ALTER TABLE t ADD id int", "ALTER TABLE t ADD d text");
                assertThat(fetch(fetcher, t, 1, 2, 3)).as("the key renamed").isEqualTo("(a|b|c)");
                database.execute("ALTER TABLE t ALTER c TYPE varchar");
                assertThat(fetch(fetcher, t, 1, 2, 3)).as("another type").isEqualTo("(a|b|unchanged)");
                database.execute(
                        "ALTER TABLE t RENAME TO other", "CREATE VIEW t AS SELECT 1 AS id, 'v' AS a, 'v' AS b");
                assertThat(fetch(fetcher, t, 1, 2)).as("the table renamed").isEqualTo("(a|b)");
                database.execute("ALTER TABLE other DROP a", "ALTER TABLE other ADD a text DEFAULT 'new'");
                assertThat(fetch(fetcher, t, 1, 2)).as("dropped and made again").isEqualTo("(a|unchanged)");
                database.execute("DROP VIEW t", "DROP TABLE other", "CREATE TABLE t AS SELECT 1 AS id, 'w' AS a");
                assertThat(fetch(fetcher, t, 1, 2)).as("another table").isEqualTo("gone");
            } finally {
                if (!slot.isEmpty()) {
                    database.query("SELECT pg_drop_replication_slot('places')");
                }
            }
        }
    }

    /** Without a slot nobody knows when a column was dropped. */
    private static Relation withoutDrops(TestDatabase database, Postgres postgres) throws SQLException {
        database.execute(
                "ALTER TABLE t RENAME TO dropped",
                "CREATE TABLE t (id int PRIMARY KEY, a text, b text, c text)",
                "INSERT INTO t VALUES (1, 'a', 'b', 'c')");
        return relation(postgres, "t");
    }

    /** The CHECK of a domain, and whatever else people have made, is not for the role that reads. */
    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "9.5"})
    void shouldRunNothingThatPeopleHaveMade(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address());
                RowFetcher fetcher = new RowFetcher(database.address())) {
            database.execute("CREATE FUNCTION f(ok anyelement) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN"
                    + " IF current_setting('transaction_read_only') = 'on' THEN RAISE EXCEPTION 'f was run'; END IF;"
                    + " RETURN true; END $$");
            String[][] keys = {
                {"text", "x"}, {"int", "7"}, {"int[]", "{1,2}"}, {"varchar(3)", "abc"}, {"numeric(5,2)", "7.50"}
            };
            for (String[] key : keys) {
                database.execute(
                        "CREATE DOMAIN k AS " + key[0] + " CHECK (f(VALUE))",
                        "CREATE DOMAIN kk AS k CHECK (f(VALUE::" + key[0] + "))",
                        "CREATE TYPE pair AS (a int, b " + (major.equals("9.5") ? "int" : "kk") + ")",
                        "CREATE TABLE t (id kk PRIMARY KEY, a text)",
                        "INSERT INTO t VALUES ('" + key[1] + "', 'found')");
                assertThat(fetched(fetcher, relation(postgres, "t"), key[1]))
                        .as(key[0])
                        .isEqualTo("(found)");
                database.execute("DROP TABLE t", "DROP TYPE pair", "DROP DOMAIN kk", "DROP DOMAIN k");
            }
            database.execute(
                    "CREATE DOMAIN k AS int CHECK (f(VALUE))",
                    "CREATE TYPE e AS ENUM ('x', 'y')",
                    "CREATE DOMAIN de AS e CHECK (f(VALUE))",
                    "CREATE TYPE r AS RANGE (subtype = int)",
                    "CREATE TYPE pair AS (a int, b k)");
            String[][] made = {{"e", "y"}, {"de", "y"}, {"e[]", "{x,y}"}, {"r", "[1,5)"}, {"pair", "(1,2)"}, {"k", "7"}
            };
            for (String[] key : made) {
                database.execute(
                        "CREATE TABLE t (id " + key[0] + " PRIMARY KEY, a text)",
                        "INSERT INTO t VALUES ('" + key[1] + "', 'found')");
                assertThat(fetched(fetcher, relation(postgres, "t"), key[1]))
                        .as(key[0])
                        .isEqualTo("(found)");
                database.execute("DROP TABLE t");
            }
            if (!major.equals("9.5") && !major.equals("15")) {
                database.execute(
                        "CREATE TABLE t (id k[] PRIMARY KEY, a text)", "INSERT INTO t VALUES ('{7}', 'found')");
                assertThat(fetched(fetcher, relation(postgres, "t"), "{7}")).isEqualTo("(found)");
            }
        }
    }

    private static String fetched(RowFetcher fetcher, Relation relation, String key) {
        return fetcher.fetch(relation, RowFetcher.ANY, List.of(1), List.of(List.of(key)), type -> false, Long.MAX_VALUE)
                .get(0)
                .map(row -> Recorder.render(row.columns()))
                .orElse("gone");
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldNotCopyWhatHasTakenTheNameOfATable(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major)) {
            database.execute("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                Table table = reader.catalog().tables().get(0);
                database.execute("ALTER TABLE t RENAME TO u", "CREATE VIEW t AS SELECT 1 / 0 AS id");
                assertThatThrownBy(() -> reader.requireUnchanged(table)).isInstanceOf(ConnectionException.class);
            }
        }
    }
}
