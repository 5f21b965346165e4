package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Type;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SnapshotTest {
    private static boolean none(Type type) {
        return false;
    }

    private static boolean all(Type type) {
        return true;
    }

    private static Relation relation(Catalog catalog, String name) {
        return catalog.tables().stream()
                .filter(table -> table.name().table().equals(name))
                .findFirst()
                .map(catalog::relation)
                .orElseThrow();
    }

    private static List<String> copy(SnapshotReader reader, String table, BlockRange range, Predicate<Type> binary) {
        List<String> rows = new ArrayList<>();
        long count = reader.copy(
                relation(reader.catalog(), table), range, binary, (relation, row) -> rows.add(Recorder.render(row)));
        assertThat(count).isEqualTo(rows.size());
        return rows;
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12", "9.5"})
    void shouldSeeWhatTheSlotsSnapshotSees(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "CREATE TABLE child () INHERITS (t)",
                    "INSERT INTO t VALUES (1, 'before'), (2, NULL), (3, '')",
                    "INSERT INTO child VALUES (4, 'of the child')");
            Slots slots = new Slots(postgres);
            String slot = TestDatabase.slotName();
            try (SlotCreation creation = slots.create(slot, Plugin.TEST_DECODING)) {
                database.execute("INSERT INTO t VALUES (9, 'after')", "UPDATE t SET v = 'changed'");
                try (SnapshotReader first = SnapshotReader.open(database.address(), creation.snapshotName());
                        SnapshotReader second = SnapshotReader.open(database.address(), creation.snapshotName())) {
                    assertThat(copy(first, "t", BlockRange.WHOLE, SnapshotTest::none))
                            .containsExactly("(1|before)", "(2|null)", "(3|)");
                    assertThat(copy(second, "t", BlockRange.WHOLE, SnapshotTest::all))
                            .containsExactly("(x00000001|x6265666f7265)", "(x00000002|null)", "(x00000003|x)");
                    assertThat(copy(second, "child", BlockRange.WHOLE, SnapshotTest::none))
                            .containsExactly("(4|of the child)");
                }
            }
            slots.drop(slot);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldExportASnapshotOfItsOwn(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)");
            long before = postgres.currentWalLsn();
            String name;
            try (SnapshotExport export = SnapshotExport.open(database.address())) {
                name = export.name();
                assertThat(Lsn.isBefore(export.lsn(), before)).isFalse();
                database.execute("INSERT INTO t VALUES (2)");
                assertThat(Lsn.isBefore(export.lsn(), postgres.currentWalLsn())).isTrue();
                try (SnapshotReader reader = SnapshotReader.open(database.address(), name)) {
                    assertThat(copy(reader, "t", BlockRange.WHOLE, SnapshotTest::none))
                            .containsExactly("(1)");
                }
            }
            String gone = name;
            Waiting.until("snapshot is gone", () -> {
                try (SnapshotReader reader = SnapshotReader.open(database.address(), gone)) {
                    return reader.visibleTransactions().isEmpty();
                } catch (ConnectionException e) {
                    return String.valueOf(e.getMessage()).contains("snapshot: is gone");
                }
            });
        }
    }

    /** The old snapshot would see the rewritten table without a row, and the log has no trace of the rows. */
    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldNoticeThatATableWasRewrittenSinceItWasListed(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major)) {
            database.execute("CREATE TABLE t (id int)", "CREATE TABLE gone (id int)", "INSERT INTO t VALUES (1)");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                Table gone = reader.catalog().tables().get(0);
                Table table = reader.catalog().tables().get(1);
                database.execute("ALTER TABLE t ALTER id TYPE bigint", "ALTER TABLE gone RENAME TO elsewhere");
                assertThatThrownBy(() -> reader.requireUnchanged(table))
                        .isInstanceOf(ConnectionException.class)
                        .hasMessage("snapshot: the table was rewritten just now, table=public.t");
                assertThatThrownBy(() -> reader.requireUnchanged(gone))
                        .isInstanceOf(ConnectionException.class)
                        .hasMessageContaining("does not exist: changed just now");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldTellATableThatIsGoneFromOneThatIsElsewhere(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major)) {
            database.execute(
                    "CREATE SCHEMA other",
                    "CREATE TABLE other.a (id int)",
                    "CREATE TABLE b (id int)",
                    "CREATE TABLE c (id int)",
                    "CREATE TABLE d (id int)",
                    "INSERT INTO d VALUES (1)");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                List<Table> tables = reader.catalog().tables();
                database.execute("DROP SCHEMA other CASCADE", "DROP TABLE b", "ALTER TABLE c RENAME TO elsewhere");
                assertThat(reader.lockIfThere(tables.get(0))).isFalse();
                assertThat(reader.lockIfThere(tables.get(1))).isFalse();
                assertThatThrownBy(() -> reader.lockIfThere(tables.get(2)))
                        .isInstanceOf(ConnectionException.class)
                        .hasMessageContaining("does not exist: changed just now");
                assertThat(reader.lockIfThere(tables.get(3))).isTrue();
            }
        }
    }

    /** Up to PostgreSQL 12 ltree has no send function, and COPY of one in binary fails. */
    @ParameterizedTest
    @ValueSource(strings = {"18", "12"})
    void shouldSendAsTextWhatTheServerCannotSendInBinary(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major)) {
            database.execute(
                    "CREATE EXTENSION ltree",
                    "CREATE TABLE t (path ltree, paths ltree[])",
                    "INSERT INTO t VALUES ('a.b', '{c,d}')");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                List<String> rows = copy(reader, "t", BlockRange.WHOLE, SnapshotTest::all);
                if (major.equals("12")) {
                    assertThat(rows).containsExactly("(a.b|{c,d})");
                } else {
                    assertThat(rows).singleElement().asString().startsWith("(x01612e62|x");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12", "9.5"})
    void shouldSendTextAsTheOutputFunctionsPrintIt(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major)) {
            database.execute(
                    "CREATE TYPE mood AS ENUM ('it''s ok')",
                    "CREATE DOMAIN price AS numeric(10,2)",
                    "CREATE DOMAIN numbers AS int[]",
                    "CREATE TYPE pair AS (a int, b mood)",
                    "CREATE TABLE t (b boolean, c char(5), m mood, p price, ns numbers, c1 pair, cs pair[], ts"
                            + " timestamptz, d date, i interval, bin bytea, f float8, ch \"char\", r int4range, cl regclass,"
                            + " bits bit(3), v int2vector)",
                    "INSERT INTO t VALUES (true, 'a', 'it''s ok', 1.5, '{1,NULL}', (1, 'it''s ok'), ARRAY[(2, NULL)::pair],"
                            + " '2020-01-02 03:04:05+00', '2020-12-31', '1 year 2 days', decode('00ff', 'hex'), 0.1, 'x',"
                            + " '[1,3]', 't', B'101', '1 2'), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
                            + " NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                assertThat(copy(reader, "t", BlockRange.WHOLE, SnapshotTest::none))
                        .containsExactly(
                                "(t|a    |it's ok|1.50|{1,NULL}|(1,\"it's ok\")|{\"(2,)\"}|2020-01-02 03:04:05+00|2020-12-31"
                                        + "|P1Y2D|\\x00ff|"
                                        + (major.equals("9.5") ? "0.100000000000000006" : "0.1")
                                        + "|x|[1,4)|public.t|101|1 2)",
                                "(null" + "|null".repeat(16) + ")");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldCopyRowsWithoutColumnsAndOddNames(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major)) {
            database.execute(
                    "CREATE TABLE bare ()",
                    "INSERT INTO bare DEFAULT VALUES",
                    "INSERT INTO bare DEFAULT VALUES",
                    "CREATE TABLE \"O'dd \"\"t\" (\"a \"\"b\" int, \"select\" text)",
                    "INSERT INTO \"O'dd \"\"t\" VALUES (1, 'x')");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                assertThat(copy(reader, "bare", BlockRange.WHOLE, SnapshotTest::all))
                        .containsExactly("()", "()");
                assertThat(copy(reader, "O'dd \"t", BlockRange.WHOLE, SnapshotTest::none))
                        .containsExactly("(1|x)");
            }
        }
    }

    @Test
    void shouldCutTablesByBlocks() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18");
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute("CREATE TABLE t AS SELECT g AS id, repeat('x', 500) AS v FROM generate_series(1, 200) g");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                List<String> rows = new ArrayList<>(copy(reader, "t", new BlockRange(0, 5), SnapshotTest::none));
                assertThat(rows).hasSizeBetween(50, 100);
                rows.addAll(copy(reader, "t", new BlockRange(5, 6), SnapshotTest::none));
                rows.addAll(copy(reader, "t", new BlockRange(6, Long.MAX_VALUE), SnapshotTest::none));
                assertThat(rows).hasSize(200).isEqualTo(copy(reader, "t", BlockRange.WHOLE, SnapshotTest::none));
            }
            assertThat(new Catalog(postgres)
                            .pages(new Catalog(postgres).tables().get(0)))
                    .isGreaterThan(10);
        }
    }

    @Test
    @SuppressWarnings("try") // that a reader is closed before its block ends is what is tested
    void shouldEndACopyWhenClosedFromOutside() throws Exception {
        try (TestDatabase database = TestDatabase.create("15")) {
            database.execute("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 200000) g");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                Relation relation = relation(reader.catalog(), "t");
                AtomicLong rows = new AtomicLong();
                CompletableFuture<Long> copying = CompletableFuture.supplyAsync(() ->
                        reader.copy(relation, BlockRange.WHOLE, SnapshotTest::all, (same, row) -> {
                            if (rows.incrementAndGet() == 1000) {
                                reader.close(); // by the copying thread itself: takes effect as well
                            }
                        }));
                assertThatThrownBy(copying::get)
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOf(ConnectionException.class)
                        .hasMessageContaining("closed while it read, table=public.t");
            }
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    Connection locker = database.open();
                    Statement statement = locker.createStatement();
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                Relation relation = relation(reader.catalog(), "t");
                statement.execute("BEGIN; LOCK TABLE t");
                CompletableFuture<Long> copying = CompletableFuture.supplyAsync(
                        () -> reader.copy(relation, BlockRange.WHOLE, SnapshotTest::all, (same, row) -> {}));
                String waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 't'::regclass";
                Waiting.until(
                        "copy waits for the lock",
                        () -> queryQuietly(database, waiting).equals("1"));
                reader.close();
                assertThatThrownBy(copying::get).cause().isInstanceOf(ConnectionException.class);
                Waiting.until(
                        "server stops waiting",
                        () -> queryQuietly(database, waiting).equals("0"));
            }
        }
    }

    @Test
    @SuppressWarnings("try") // that a reader is closed before its block ends is what is tested
    void shouldStopWaitingForALockWhenClosedFromOutside() throws Exception {
        try (TestDatabase database = TestDatabase.create("15")) {
            database.execute("CREATE TABLE t (id int)");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    Connection locker = database.open();
                    Statement statement = locker.createStatement();
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                Table table = reader.catalog().tables().get(0);
                statement.execute("BEGIN; LOCK TABLE t");
                CompletableFuture<Void> locking = CompletableFuture.runAsync(() -> reader.requireUnchanged(table));
                String waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 't'::regclass";
                Waiting.until(
                        "it waits for the lock",
                        () -> queryQuietly(database, waiting).equals("1"));
                reader.close();
                assertThatThrownBy(locking::get)
                        .cause()
                        .isInstanceOf(ConnectionException.class)
                        .hasMessageContaining("closed while it read, table=public.t");
                Waiting.until(
                        "server stops waiting",
                        () -> queryQuietly(database, waiting).equals("0"));
            }
        }
    }

    private static String queryQuietly(TestDatabase database, String sql) {
        try {
            return database.query(sql);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldPassOnWhatTheHandlerThrows() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18")) {
            database.execute("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 100000) g");
            try (SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                Relation relation = relation(reader.catalog(), "t");
                assertThatThrownBy(() -> reader.copy(relation, BlockRange.WHOLE, SnapshotTest::all, (same, row) -> {
                            throw new IllegalStateException("full");
                        }))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("full");
            }
        }
    }

    @Test
    void shouldRefuseRatherThanCopyLess() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18")) {
            database.execute(
                    "DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                    "CREATE TABLE secret (id int)",
                    "CREATE TABLE hidden (id int)",
                    "GRANT SELECT ON hidden TO reader",
                    "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY");
            try (SnapshotExport export = SnapshotExport.open(database.address())) {
                for (String[] expected : new String[][] {
                    {
                        "secret",
                        "permission denied for table secret",
                        "GRANT SELECT ON \"public\".\"secret\" TO \"reader\""
                    },
                    {"hidden", "row-level security policy for table", "ALTER ROLE \"reader\" BYPASSRLS"}
                }) {
                    try (SnapshotReader reader = SnapshotReader.open(database.addressOf("reader"), export.name())) {
                        Relation relation = relation(reader.catalog(), expected[0]);
                        assertThatThrownBy(() ->
                                        reader.copy(relation, BlockRange.WHOLE, SnapshotTest::all, (same, row) -> {}))
                                .isInstanceOf(ConfigurationException.class)
                                .hasMessageContaining("table=public." + expected[0])
                                .hasMessageContaining(expected[1])
                                .hasMessageContaining(expected[2]);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldFetchColumnsOfRowsByTheirKeys(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address());
                RowFetcher fetcher = new RowFetcher(database.address())) {
            database.execute(
                    "CREATE TABLE t (a int, c char(4), d date, big text, js json, PRIMARY KEY (c, d))",
                    "INSERT INTO t VALUES (7, 'o''k', '2020-12-31', repeat('x', 3000), NULL),"
                            + " (8, 'z', '0044-03-15 BC', 'y', '{}')");
            Relation relation = relation(new Catalog(postgres), "t");
            List<String> first = List.of("o'k ", "2020-12-31");
            List<String> none = List.of("no", "2020-12-31");
            List<String> last = List.of("z", "0044-03-15 BC");
            List<Optional<Fetched>> fetched = fetcher.fetch(
                    relation,
                    RowFetcher.ANY,
                    List.of(3, 0, 4),
                    List.of(first, none, last, none),
                    SnapshotTest::none,
                    Long.MAX_VALUE);
            assertThat(fetched.stream().map(SnapshotTest::columns))
                    .containsExactly("(" + "x".repeat(3000) + "|7|null)", "gone", "(y|8|{})", "gone");
            assertThat(Long.toString(fetched.get(0).orElseThrow().xmin()))
                    .isEqualTo(database.query("SELECT xmin FROM t WHERE a = 7"));
            fetched = fetcher.fetch(
                    relation,
                    RowFetcher.ANY,
                    List.of(0),
                    List.of(List.of("o'k", "2020-12-31")),
                    SnapshotTest::all,
                    Long.MAX_VALUE);
            assertThat(fetched.stream().map(SnapshotTest::columns)).containsExactly("(x00000007)");
            database.execute("DROP TABLE t");
            assertThat(fetcher.fetch(relation, RowFetcher.ANY, List.of(3), List.of(first, last), SnapshotTest::all, 1))
                    .containsExactly(Optional.empty(), Optional.empty());
        }
    }

    private static long indexScans(TestDatabase database) {
        try {
            return Long.parseLong(database.query("SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 't'"));
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static String columns(Optional<Fetched> fetched) {
        return fetched.map(row -> Recorder.render(row.columns())).orElse("gone");
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldReadNoMoreRowsThanFit(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address());
                RowFetcher fetcher = new RowFetcher(database.address())) {
            database.execute(
                    "CREATE TABLE t (id int PRIMARY KEY, big text)",
                    "INSERT INTO t SELECT i, repeat('x', 1000000) FROM generate_series(1, 50) i WHERE i <> 2");
            Relation relation = relation(new Catalog(postgres), "t");
            List<List<String>> keys = new ArrayList<>();
            for (int i = 1; i <= 50; i++) {
                keys.add(List.of(Integer.toString(i)));
            }
            List<Optional<Fetched>> fetched =
                    fetcher.fetch(relation, RowFetcher.ANY, List.of(1), keys, SnapshotTest::all, 2_500_000);
            assertThat(fetched).hasSize(4);
            assertThat(fetched.get(1)).isEmpty();
            assertThat(fetcher.fetch(relation, RowFetcher.ANY, List.of(1), keys, SnapshotTest::all, 2_500_000))
                    .as("no more are asked for than fitted before")
                    .hasSize(4);
            for (int asked = 8; asked < 50; asked *= 2) {
                assertThat(fetcher.fetch(relation, RowFetcher.ANY, List.of(0), keys, SnapshotTest::all, 2_500_000))
                        .hasSize(asked);
            }
            assertThat(fetcher.fetch(relation, RowFetcher.ANY, List.of(0), keys, SnapshotTest::all, 2_500_000))
                    .hasSize(50)
                    .filteredOn(Optional::isPresent)
                    .hasSize(49);
        }
    }

    /** Neither the extension's own equality nor its index is found by a search path without its schema. */
    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldFetchByTheOperatorOfTheKeysIndex(String major) throws Exception {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address());
                RowFetcher fetcher = new RowFetcher(database.address())) {
            database.execute(
                    "CREATE EXTENSION citext",
                    "CREATE TABLE t (n citext PRIMARY KEY, k int, t int)",
                    "INSERT INTO t SELECT 'Name ' || i, i, 2 FROM generate_series(1, 1000) i",
                    "ANALYZE t");
            Relation relation = relation(new Catalog(postgres), "t");
            Waiting.until("the server counts what was read", () -> {
                assertThat(fetcher.fetch(
                                relation,
                                RowFetcher.ANY,
                                List.of(1),
                                List.of(List.of("Name 7")),
                                SnapshotTest::none,
                                Long.MAX_VALUE))
                        .extracting(SnapshotTest::columns)
                        .containsExactly("(7)");
                return indexScans(database) > 0;
            });
        }
    }
}
