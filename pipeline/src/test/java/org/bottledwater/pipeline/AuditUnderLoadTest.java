package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.bottledwater.pipeline.audit.TableAudit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** While an application writes and changes its tables without pause, an audit has nothing to say. */
final class AuditUnderLoadTest {
    private static final int AUDITS = Integer.getInteger("bottledwater.audits", 3);
    private static final String[] TABLES = {
        "CREATE TABLE docs (id int PRIMARY KEY, version int NOT NULL, body text, tags text[])",
        "ALTER TABLE docs ALTER body SET STORAGE EXTERNAL",
        "CREATE TABLE pairs (a int, b text, version int, PRIMARY KEY (b, a))",
        "ALTER TABLE pairs REPLICA IDENTITY FULL",
        "CREATE TABLE brief (id int PRIMARY KEY, at timestamptz DEFAULT now())",
        "CREATE TABLE parted (id int PRIMARY KEY, version int) PARTITION BY RANGE (id)",
        "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (500)",
        "CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (500) TO (1000000)",
        "INSERT INTO docs SELECT i, 0, repeat(md5(i::text), 150), ARRAY['a'] FROM generate_series(1, 500) i",
        "INSERT INTO pairs SELECT i, 'b' || i, 0 FROM generate_series(1, 500) i",
        "INSERT INTO parted SELECT i, 0 FROM generate_series(1, 900) i"
    };

    /** Columns are made under new names always: one that comes again under its old name would be taken for the old one. */
    private int columns;

    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @CsvSource(textBlock = """
            18, PGOUTPUT,      AVRO, EXACTLY_ONCE
            18, TEST_DECODING, AVRO, EXACTLY_ONCE
            18, PGOUTPUT,      JSON, AT_LEAST_ONCE
            12, TEST_DECODING, JSON, EXACTLY_ONCE
            """)
    void shouldRaiseNoFalseAlarm(String major, PluginChoice plugin, OutputFormat format, Delivery delivery)
            throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql(TABLES);
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(plugin)
                    .format(format)
                    .delivery(delivery)
                    .partitions(2)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                try (Writing application = Writing.to(bed, this::statement)) {
                    for (int i = 0; i < AUDITS; i++) {
                        application.awaitCommits(30);
                        AuditReport report = audit(settings);
                        // On a busy machine the stream may be so far behind that some keys changed in every look.
                        assertThat(report.tables())
                                .as(report::toString)
                                .hasSize(4)
                                .noneMatch(table -> table.verdict() == TableAudit.Verdict.DIFFERENT);
                    }
                }
                AuditReport quiet = audit(settings);
                assertThat(quiet.isClean()).as(quiet::toString).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private static AuditReport audit(Settings settings) throws InterruptedException {
        AuditReport report = Audit.run(settings, AuditSettings.standard(), new AuditListener() {});
        System.out.println(summary(report));
        return report;
    }

    private static String summary(AuditReport report) {
        List<String> healed = new ArrayList<>();
        for (TableAudit table : report.tables()) {
            healed.add(table.table().table() + " rows=" + table.rows() + " healed=" + table.healed());
        }
        return "audit in " + report.took().toMillis() + " ms: " + healed;
    }

    private String statement(Random random) {
        int id = random.nextInt(600);
        int other = random.nextInt(1200);
        return switch (random.nextInt(16)) {
            case 0, 1, 2 -> "UPDATE docs SET version = version + 1 WHERE id = " + id;
            case 3 -> "UPDATE docs SET body = repeat(md5(random()::text), 150) WHERE id = " + id;
            case 4 -> "DELETE FROM docs WHERE id = " + id;
            case 5 ->
                "INSERT INTO docs (id, version, body) SELECT " + id + ", 1, repeat(md5(random()::text), 150)"
                        + " ON CONFLICT DO NOTHING";
            case 6 ->
                "UPDATE docs SET id = " + other + " WHERE id = " + id + " AND NOT EXISTS (SELECT FROM docs WHERE id = "
                        + other + ")";
            case 7, 8 -> "UPDATE pairs SET version = version + 1 WHERE a = " + id;
            case 9 ->
                "UPDATE pairs SET b = 'c" + other + "' WHERE a = " + id + " AND NOT EXISTS (SELECT FROM pairs WHERE b ="
                        + " 'c" + other + "' AND a = " + id + ")";
            case 10 -> "INSERT INTO brief (id) SELECT " + id + " ON CONFLICT DO NOTHING";
            case 11 -> "DELETE FROM brief WHERE id = " + id;
            case 12 ->
                "UPDATE parted SET id = " + other + ", version = version + 1 WHERE id = " + id
                        + " AND NOT EXISTS (SELECT FROM parted WHERE id = " + other + ")";
            case 13 ->
                "INSERT INTO parted SELECT " + other + ", 7 WHERE NOT EXISTS (SELECT FROM parted WHERE id = " + other
                        + ")";
            case 14 -> "DELETE FROM parted WHERE id = " + other;
            default -> random.nextInt(20) == 0 ? change(random) : "UPDATE parted SET version = 0 WHERE id = " + id;
        };
    }

    private String change(Random random) {
        columns++;
        return switch (random.nextInt(41) / 10) {
            case 0 -> "ALTER TABLE docs ADD COLUMN c" + columns + " int DEFAULT " + columns;
            case 1 -> "ALTER TABLE pairs ADD COLUMN c" + columns + " text";
            case 2 ->
                "ALTER TABLE pairs RENAME COLUMN version TO v" + columns + "; ALTER TABLE pairs RENAME COLUMN v"
                        + columns + " TO version";
            case 3 -> "COMMENT ON COLUMN docs.id IS 'changed " + columns + "'";
            default -> "TRUNCATE brief";
        };
    }
}
