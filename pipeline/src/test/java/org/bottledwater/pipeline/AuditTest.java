package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.audit.Audit;
import org.bottledwater.pipeline.audit.AuditListener;
import org.bottledwater.pipeline.audit.AuditReport;
import org.bottledwater.pipeline.audit.AuditSettings;
import org.bottledwater.pipeline.audit.Difference;
import org.bottledwater.pipeline.audit.TableAudit;
import org.junit.jupiter.api.Test;

/** An audit finds what is wrong, says where, and mends it. */
final class AuditTest {
    private static final TableName ITEMS = new TableName("public", "items");

    @Test
    void shouldFindAndRepairAMissingRowAWrongValueAndAnExtraKey() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, name text, price numeric(10,2))",
                    "INSERT INTO items SELECT i, 'item ' || i, i / 7.0 FROM generate_series(1, 20000) i");
            Settings settings = bed.settings();
            try (Running running = Running.of(settings).awaitStreaming()) {
                assertThat(audit(settings).isClean()).isTrue();
                try (Forgery forgery = new Forgery(bed.topic("items"))) {
                    forgery.send(utf8("{\"id\":4711}"), null);
                    forgery.send(utf8("{\"id\":815}"), utf8("{\"id\":815,\"name\":\"item 815\",\"price\":1.00}"));
                    forgery.send(utf8("{\"id\":20001}"), utf8("{\"id\":20001,\"name\":\"ghost\",\"price\":1}"));
                }

                AuditReport found = audit(settings);
                assertThat(found.isClean()).isFalse();
                TableAudit items = found.table(ITEMS).orElseThrow();
                assertThat(items.differences())
                        .containsExactlyInAnyOrder(
                                new Difference(Difference.Kind.MISSING, "{\"id\":4711}", List.of()),
                                new Difference(Difference.Kind.DIFFERENT, "{\"id\":815}", List.of("price")),
                                new Difference(Difference.Kind.EXTRA, "{\"id\":20001}", List.of()));
                assertThat(items.rows()).isEqualTo(20000);
                assertThat(List.of(items.missing(), items.different(), items.extra(), items.repaired()))
                        .containsExactly(1L, 1L, 1L, 0L);

                TableAudit repaired = repair(settings).table(ITEMS).orElseThrow();
                assertThat(repaired.verdict()).isEqualTo(TableAudit.Verdict.SAME);
                assertThat(repaired.repaired()).isEqualTo(3);
                assertThat(audit(settings).isClean()).isTrue();
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    @Test
    void shouldFindAndRepairInAvroToo() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.avro(bed.topic("items"))) {
            bed.sql(
                    "CREATE TABLE items (id int PRIMARY KEY, name text)",
                    "INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 50) i");
            Settings settings = new SettingsBuilder(bed.settings())
                    .format(OutputFormat.AVRO)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming();
                    Forgery forgery = new Forgery(bed.topic("items"))) {
                assertThat(audit(settings).isClean()).isTrue();
                byte[] value = forgery.message(0).value();
                forgery.send(key(forgery, 7), null);
                forgery.send(key(forgery, 8), value);
                forgery.send(key(forgery, 60), value);

                TableAudit items = repair(settings).table(ITEMS).orElseThrow();
                assertThat(items.differences())
                        .containsExactlyInAnyOrder(
                                new Difference(Difference.Kind.MISSING, "{\"id\":7}", List.of()),
                                new Difference(Difference.Kind.DIFFERENT, "{\"id\":8}", List.of("id", "name")),
                                new Difference(Difference.Kind.EXTRA, "{\"id\": 60}", List.of()));
                assertThat(items.repaired()).isEqualTo(3);
                topic.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM items t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    /** An Avro key with the schema of those that are there. */
    private static byte[] key(Forgery forgery, int id) {
        byte[] key = forgery.message(0).key().clone();
        key[key.length - 1] = (byte) (id * 2);
        return key;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static AuditReport repair(Settings settings) throws InterruptedException {
        return Audit.run(settings, AuditSettings.standard().withRepair(true), new AuditListener() {});
    }

    private static AuditReport audit(Settings settings) throws InterruptedException {
        return Audit.run(settings, AuditSettings.standard(), new AuditListener() {});
    }
}
