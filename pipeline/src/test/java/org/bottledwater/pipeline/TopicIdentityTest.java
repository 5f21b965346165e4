package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The name of a table passes to another one, its key changes, its place in the publication has a gap: the topic stays its table.
 * The judge folds by the bytes of the keys; PostgreSQL says what the rows are.
 */
final class TopicIdentityTest {
    private static final String WAYS = """
            PGOUTPUT,      AVRO, true
            PGOUTPUT,      JSON, false
            TEST_DECODING, AVRO, false
            TEST_DECODING, JSON, true
            """;

    /** Statements, and between them the names of tables whose topics are to equal them then. */
    private record Case(String name, List<String> steps) {
        Case(String name, String... steps) {
            this(name, List.of(steps));
        }
    }

    private static final List<Case> CASES = List.of(
            new Case(
                    "key column renamed",
                    "ALTER TABLE t RENAME id TO nr",
                    "=t",
                    "DELETE FROM t WHERE nr = 1",
                    "INSERT INTO t VALUES (9, 'i')",
                    "=t"),
            new Case(
                    "key retyped",
                    "ALTER TABLE t ALTER id TYPE bigint",
                    "=t",
                    "UPDATE t SET v = 'x' WHERE id = 2",
                    "=t"),
            new Case(
                    "another primary key",
                    "ALTER TABLE t ADD COLUMN k int; UPDATE t SET k = id + 10",
                    "BEGIN; ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (k); COMMIT",
                    "DELETE FROM t WHERE k = 12",
                    "=t"),
            new Case(
                    "one more column in the key",
                    "ALTER TABLE t ADD COLUMN k int NOT NULL DEFAULT 1",
                    "BEGIN; ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (id, k); COMMIT",
                    "INSERT INTO t VALUES (1, 'twice', 2)",
                    "=t"),
            new Case(
                    "key column renamed there and back",
                    "ALTER TABLE t RENAME id TO nr",
                    "INSERT INTO t VALUES (9, 'i')",
                    "ALTER TABLE t RENAME nr TO id",
                    "DELETE FROM t WHERE id = 9",
                    "INSERT INTO t VALUES (10, 'j')",
                    "=t"),
            new Case(
                    "dropped and created again",
                    "DROP TABLE t",
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "=t",
                    "INSERT INTO t VALUES (2, 'new')",
                    "=t"),
            new Case(
                    "staging table renamed over the real one",
                    "CREATE TABLE s (id int PRIMARY KEY, v text)",
                    "INSERT INTO s VALUES (2, 'staged'), (7, 'staged')",
                    "BEGIN; DROP TABLE t; ALTER TABLE s RENAME TO t; COMMIT",
                    "=t",
                    "UPDATE t SET v = 'on' WHERE id = 7",
                    "=t"),
            new Case(
                    "two tables swap their names",
                    "BEGIN; ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u; COMMIT",
                    "=t",
                    "=u",
                    "DELETE FROM t",
                    "UPDATE u SET v = 'swapped' WHERE id = 2",
                    "=t",
                    "=u"),
            new Case(
                    "renamed there and back in one transaction",
                    "BEGIN; ALTER TABLE t RENAME TO x; UPDATE x SET v = 'y' WHERE id = 1; INSERT INTO x VALUES (5, 'z');"
                            + " ALTER TABLE x RENAME TO t; DELETE FROM t WHERE id = 2; COMMIT",
                    "=t"),
            new Case(
                    "becomes a partition",
                    "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                    "ALTER TABLE p ATTACH PARTITION t FOR VALUES FROM (0) TO (1000)",
                    "=p",
                    "INSERT INTO p VALUES (6, 'part')",
                    "=p",
                    "0t"),
            new Case(
                    "renamed, and its topic stays",
                    "ALTER TABLE t RENAME TO x",
                    "INSERT INTO x VALUES (8, 'h')",
                    "=x>t",
                    "CREATE VIEW t AS SELECT * FROM x",
                    "UPDATE x SET v = 'hh' WHERE id = 8",
                    "=x>t",
                    "DROP VIEW t",
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "INSERT INTO t VALUES (1, 'claimed')",
                    "=t",
                    "=x"),
            new Case(
                    "dropped, and another renamed to it, which had rows before",
                    "DROP TABLE t",
                    "ALTER TABLE u RENAME TO t",
                    "=t",
                    "INSERT INTO t VALUES (77, 'u')",
                    "=t"));

    @ParameterizedTest(name = "{0} {1} while it runs: {2}")
    @CsvSource(textBlock = WAYS)
    void shouldStayItsTable(PluginChoice plugin, OutputFormat format, boolean runs) throws Exception {
        List<String> failures = Collections.synchronizedList(new ArrayList<>());
        // They mostly wait for what is looked at once a second.
        try (AtOnce cases = new AtOnce(4)) {
            for (Case each : CASES) {
                cases.run(() -> {
                    try {
                        check(plugin, format, runs, each);
                    } catch (AssertionError | Exception e) {
                        failures.add(each.name() + ": " + e);
                    }
                });
            }
        }
        assertThat(failures).isEmpty();
    }

    private static void check(PluginChoice plugin, OutputFormat format, boolean runs, Case what) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "CREATE TABLE u (id int PRIMARY KEY, v text)",
                    "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
                    "INSERT INTO u VALUES (2, 'B'), (4, 'D')");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(format)
                    .build();
            try (Running first = Running.of(settings).awaitStreaming()) {
                assertThat(first.failureSoFar()).isEmpty();
                if (runs) {
                    for (String step : what.steps()) {
                        step(bed, format, step);
                    }
                    assertThat(first.failureSoFar()).isEmpty();
                    audit(settings);
                    return;
                }
            }
            for (String step : what.steps()) {
                if (!isJudgement(step)) {
                    bed.sql(step);
                }
            }
            try (Running second = Running.of(settings).awaitStreaming()) {
                int last = IntStream.range(0, what.steps().size())
                        .filter(at -> !isJudgement(what.steps().get(at)))
                        .max()
                        .orElse(0);
                for (String step : what.steps().subList(last + 1, what.steps().size())) {
                    step(bed, format, step);
                }
                assertThat(second.failureSoFar()).isEmpty();
                audit(settings);
            }
        }
    }

    /** It says the same as the judge. */
    private static void audit(Settings settings) throws InterruptedException {
        AuditReport report = Audit.run(settings, AuditSettings.standard(), new AuditListener() {});
        assertThat(report.isClean()).as(report.tables().toString()).isTrue();
    }

    /** {@code --on-rename=copy}: the topic that is left is emptied, that of a partition of its rows only. */
    @ParameterizedTest(name = "while it runs: {0}")
    @ValueSource(booleans = {true, false})
    void shouldFollowNamesWhenTold(boolean runs) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
                    "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (10) TO (20)",
                    "INSERT INTO p VALUES (1, 'a'), (11, 'b')");
            Settings settings =
                    new SettingsBuilder(bed.settings()).onRename(OnRename.COPY).build();
            String[] changes = {
                "ALTER TABLE t RENAME TO x",
                "UPDATE x SET v = 'x' WHERE id = 1",
                "ALTER TABLE p1 RENAME TO q",
                "TRUNCATE q",
                "INSERT INTO p VALUES (12, 'c')"
            };
            Running first = Running.of(settings).awaitStreaming();
            if (!runs) {
                first.close();
                bed.sql(changes);
                first = Running.of(settings).awaitStreaming();
            } else {
                bed.sql(changes);
            }
            try (Running running = first) {
                for (String step : List.of("=x", "0t", "=p")) {
                    step(bed, OutputFormat.JSON, step);
                }
                bed.sql("ALTER TABLE x RENAME TO t", "DELETE FROM t WHERE id = 2", "ALTER TABLE p RENAME TO r");
                for (String step : List.of("=t", "0x", "=r", "0p")) {
                    step(bed, OutputFormat.JSON, step);
                }
                assertThat(running.failureSoFar()).isEmpty();
                audit(settings);
            }
        }
    }

    /** The partition keeps its place in the topic under its old name. */
    @Test
    void shouldKeepTheRowsOfARenamedPartitionApart() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (10) TO (20)",
                    "INSERT INTO p VALUES (1, 'a'), (11, 'b')");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                bed.sql("ALTER TABLE p1 RENAME TO q", "TRUNCATE q", "INSERT INTO p VALUES (12, 'c')");
                step(bed, OutputFormat.JSON, "=p");
                bed.sql("ALTER TABLE p RENAME TO r", "INSERT INTO r VALUES (2, 'd')", "DROP TABLE q");
                step(bed, OutputFormat.JSON, "=r>p");
                assertThat(running.failureSoFar()).isEmpty();
                audit(bed.settings());
            }
        }
    }

    private static boolean isJudgement(String step) {
        return step.startsWith("=") || step.startsWith("0");
    }

    private static void step(TestBed bed, OutputFormat format, String step) throws Exception {
        if (!isJudgement(step)) {
            bed.sql(step);
            return;
        }
        String table = step.substring(1).replaceAll(">.*", "");
        String topic = bed.topic(step.substring(1).replaceAll(".*>", ""));
        try (TopicReader reader = format == OutputFormat.AVRO ? TopicReader.avro(topic) : TopicReader.json(topic)) {
            reader.awaitExactly(
                    () -> step.startsWith("0") ? List.of() : bed.query("SELECT row_to_json(r) FROM " + table + " r"));
        }
    }
}
