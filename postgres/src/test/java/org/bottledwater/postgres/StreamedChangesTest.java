package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a stream brings: every change, in order, and values as a snapshot has them. */
final class StreamedChangesTest {
    @ParameterizedTest
    @MethodSource("org.bottledwater.postgres.StreamSource#ways")
    void shouldBringEveryChangeInCommitOrder(StreamSource.Way way) throws Exception {
        try (TestDatabase database = TestDatabase.create(way.major());
                StreamSource source = new StreamSource(database, way)) {
            database.execute(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "CREATE TABLE \"O'dd \"\"t\" (\"a b\" text PRIMARY KEY)",
                    "CREATE TABLE f (a text, b text)",
                    "ALTER TABLE f REPLICA IDENTITY FULL");
            source.create();
            database.execute(
                    "BEGIN; INSERT INTO t VALUES (1, 'one'), (2, NULL), (3, ''); SAVEPOINT s; INSERT INTO t VALUES (4, 'no');"
                            + " ROLLBACK TO s; UPDATE t SET v = 'two' WHERE id = 2; UPDATE t SET id = 5 WHERE id = 3;"
                            + " DELETE FROM t WHERE id = 1; COMMIT",
                    "BEGIN; INSERT INTO t VALUES (9, 'never'); ROLLBACK",
                    "INSERT INTO \"O'dd \"\"t\" VALUES ('it''s')",
                    "BEGIN; INSERT INTO f VALUES ('x', 'y'); UPDATE f SET b = NULL; DELETE FROM f; COMMIT",
                    "ALTER TABLE t ADD COLUMN w text",
                    "INSERT INTO t VALUES (6, 'six', 'new')");
            try (ReplicationStream stream = source.start(0)) {
                source.poll(stream, 4);
            }
            List<String> expected = List.of(
                    "begin",
                    "insert public.t (1|one)",
                    "insert public.t (2|null)",
                    "insert public.t (3|)",
                    "update public.t (2|two)",
                    "update public.t KEY(3|null) (5|)",
                    "delete public.t KEY(1|null)",
                    "commit",
                    "begin",
                    "insert public.O'dd \"t (it's)",
                    "commit",
                    "begin",
                    "insert public.f (x|y)",
                    "update public.f FULL(x|y) (x|null)",
                    "delete public.f FULL(x|null)",
                    "commit",
                    "begin",
                    "insert public.t (6|six|new)",
                    "commit");
            assertThat(source.recorder.lines.stream().map(line -> way.binary() ? unhex(line) : line))
                    .containsExactlyElementsOf(expected);
            assertThat(source.recorder.relations.get(0).keyColumns()).containsExactly(0);
        }
    }

    /** Binary integers and texts as their text: four bytes beginning with zeros are an integer. */
    private static String unhex(String line) {
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < line.length()) {
            boolean value = line.charAt(at) == 'x' && at > 0 && "(|".indexOf(line.charAt(at - 1)) >= 0;
            if (!value) {
                text.append(line.charAt(at++));
                continue;
            }
            int end = at + 1;
            while (Character.digit(line.charAt(end), 16) >= 0) {
                end++;
            }
            byte[] bytes = HexFormat.of().parseHex(line, at + 1, end);
            boolean integer = bytes.length == 4 && bytes[0] == 0;
            text.append(integer ? Integer.toString(bytes[3]) : new String(bytes, StandardCharsets.UTF_8));
            at = end;
        }
        return text.toString();
    }

    @ParameterizedTest
    @MethodSource("org.bottledwater.postgres.StreamSource#ways")
    void shouldPrintValuesAsTheSnapshotDoes(StreamSource.Way way) throws Exception {
        try (TestDatabase database = TestDatabase.create(way.major());
                StreamSource source = new StreamSource(database, way)) {
            database.execute(
                    "CREATE TYPE mood AS ENUM ('it''s ok')",
                    "CREATE DOMAIN price AS numeric(10,2)",
                    "CREATE TYPE pair AS (a int, b mood, t timestamptz)",
                    "CREATE TABLE t (id int PRIMARY KEY, c char(5), m mood, p price, ns int[], c1 pair, cs pair[],"
                            + " ts timestamptz, tr tstzrange, d date, i interval, bin bytea, f float8, ch \"char\","
                            + " r int4range, cl regclass, v int2vector, bits bit(3))");
            source.create();
            database.execute("INSERT INTO t VALUES (1, 'a', 'it''s ok', 1.5, '{1,NULL}', (1, 'it''s ok', '2020-01-02"
                    + " 03:04:05+00'), ARRAY[(2, NULL, NULL)::pair], '2020-01-02 03:04:05+00',"
                    + " '[2020-01-02 03:04:05+00,)', '2020-12-31', '1 year 2 days', decode('00ff', 'hex'), 0.1, 'x',"
                    + " '[1,3]', 't', '1 2', B'101')");
            Recorder copied = new Recorder();
            try (ReplicationStream stream = source.start(0);
                    SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                source.poll(stream, 1);
                reader.copy(
                        reader.catalog().relation(reader.catalog().tables().get(0)),
                        BlockRange.WHOLE,
                        type -> way.binary(),
                        copied::insert);
            }
            assertThat(source.recorder.lines).containsExactly("begin", copied.lines.get(0), "commit");
            if (!way.binary()) {
                assertThat(copied.lines.get(0))
                        .contains("|2020-01-02 03:04:05+00|")
                        .contains("|P1Y2D|\\x00ff|");
            }
            assertThat(source.recorder.relations.get(0).columns())
                    .isEqualTo(copied.relations.get(0).columns());
            assertThat(source.recorder.relations.get(0).keyColumns()).containsExactly(0);
        }
    }

    /** pgoutput leaves generated columns out by itself, test_decoding prints them. */
    @ParameterizedTest
    @CsvSource({"18,TEST_DECODING", "18,PGOUTPUT", "12,TEST_DECODING", "12,PGOUTPUT"})
    void shouldLeaveOutGeneratedColumnsAsTheSnapshotDoes(String major, Plugin plugin) throws Exception {
        String virtual = major.equals("18") ? ", half int GENERATED ALWAYS AS (id / 2) VIRTUAL" : "";
        String columns = "(id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED" + virtual
                + ", v text, long text GENERATED ALWAYS AS (repeat(v, 9999)) STORED, w text)";
        try (TestDatabase database = TestDatabase.create(major);
                StreamSource source = new StreamSource(database, new StreamSource.Way(major, plugin, false))) {
            database.execute(
                    "CREATE TABLE d " + columns,
                    "CREATE TABLE f " + columns,
                    "CREATE TABLE met_by_delete " + columns,
                    "INSERT INTO met_by_delete (id, v) VALUES (1, 'a')");
            for (String table : List.of("d", "f", "met_by_delete")) {
                database.execute("ALTER TABLE " + table + " ALTER COLUMN long SET STORAGE EXTERNAL");
            }
            // PostgreSQL 18 does not publish updates of a table with generated columns whose identity is FULL.
            boolean full = plugin == Plugin.TEST_DECODING;
            if (full) {
                database.execute(
                        "ALTER TABLE f REPLICA IDENTITY FULL", "ALTER TABLE met_by_delete REPLICA IDENTITY FULL");
            }
            source.create();
            for (String table : List.of("d", "f")) {
                database.execute(
                        "BEGIN; INSERT INTO " + table + " (id, v, w) VALUES (1, 'a', 'it''s'); UPDATE " + table
                                + " SET w = NULL; UPDATE " + table + " SET id = 3, v = 'b'; COMMIT",
                        "INSERT INTO " + table + " (id, v, w) VALUES (4, 'x', 'y')",
                        "DELETE FROM " + table + " WHERE id = 3");
            }
            database.execute("DELETE FROM met_by_delete");
            Recorder copied = new Recorder();
            try (ReplicationStream stream = source.start(0);
                    SnapshotExport export = SnapshotExport.open(database.address());
                    SnapshotReader reader = SnapshotReader.open(database.address(), export.name())) {
                source.poll(stream, 7);
                for (Table table : reader.catalog().tables()) {
                    reader.copy(reader.catalog().relation(table), BlockRange.WHOLE, type -> false, copied::insert);
                }
            }
            assertThat(copied.lines).containsExactly("insert public.d (4|x|y)", "insert public.f (4|x|y)");
            assertThat(source.recorder.lines.stream()
                            .filter(line -> line.contains("public.d"))
                            .toList())
                    .containsExactly(
                            "insert public.d (1|a|it's)",
                            "update public.d (1|a|null)",
                            "update public.d KEY(1|null|null) (3|b|null)",
                            copied.lines.get(0),
                            "delete public.d KEY(3|null|null)");
            if (full) {
                assertThat(source.recorder.lines.stream()
                                .filter(line -> line.contains("public.f") || line.contains("met_by"))
                                .toList())
                        .containsExactly(
                                "insert public.f (1|a|it's)",
                                "update public.f FULL(1|a|it's) (1|a|null)",
                                "update public.f FULL(1|a|null) (3|b|null)",
                                copied.lines.get(1),
                                "delete public.f FULL(3|b|null)",
                                "delete public.met_by_delete FULL(1|a|null)");
            }
            assertThat(source.recorder.relations).allSatisfy(relation -> {
                assertThat(relation.columns()).isEqualTo(copied.relations.get(0).columns());
                assertThat(relation.keyColumns()).containsExactly(0);
            });
        }
    }
}
