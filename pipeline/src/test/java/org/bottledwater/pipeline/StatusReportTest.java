package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.sql.Connection;
import java.sql.Statement;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.pipeline.StatusReport.Activity;
import org.bottledwater.pipeline.StatusReport.TableCopy;
import org.bottledwater.pipeline.TableStatus.CopyState;
import org.bottledwater.postgres.Slot;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bottledwater status}: how a copy stands, seen from outside, at every time of an instance's life. */
final class StatusReportTest {
    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldSayHowACopyStandsFromBeforeItsBeginningToAfterItsEnd(String major) throws Exception {
        try (TestBed bed = TestBed.on(major)) {
            bed.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, item text)",
                    "INSERT INTO t SELECT i, 'a' FROM generate_series(1, 1000) i",
                    "ANALYZE t");

            StatusReport before = StatusReport.of(bed.settings());

            assertThat(before.activity()).isEqualTo(Activity.NONE);
            assertThat(before.slot()).isEmpty();
            assertThat(before.checkpoint()).isEmpty();
            assertThat(before.tables()).extracting(TableCopy::state).containsExactly(CopyState.WAITING);
            assertThat(before.next()).isEqualTo("there is no checkpoint: a run begins with a snapshot");
            assertThat(before.problems()).isEmpty();

            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                Waiting.until(
                        "the slot is read",
                        () -> StatusReport.of(bed.settings()).activity() == Activity.STREAMING);
                StatusReport meanwhile = StatusReport.of(bed.settings());
                assertThat(meanwhile.slot().map(Slot::active)).contains(true);
                assertThat(meanwhile.problems()).isEmpty();
                assertThat(running.failureSoFar()).isEmpty();
            }
            Waiting.until(
                    "the slot is free", () -> StatusReport.of(bed.settings()).activity() == Activity.NONE);
            bed.sql("INSERT INTO t SELECT i, 'a' FROM generate_series(1001, 2000) i");

            StatusReport after = StatusReport.of(bed.settings());

            assertThat(after.checkpoint().map(Checkpoint::snapshot)).contains(SnapshotState.COMPLETE);
            assertThat(System.currentTimeMillis() - after.writtenAt()).isBetween(0L, 120_000L);
            assertThat(after.tables()).extracting(TableCopy::state).containsExactly(CopyState.DONE);
            assertThat(after.lagBytes()).isGreaterThan(10_000);
            assertThat(after.retainedBytes()).isGreaterThanOrEqualTo(after.lagBytes());
            assertThat(after.next()).startsWith("there is a checkpoint: a run goes on at ");
            assertThat(after.problems()).isEmpty();
        }
    }

    @Test
    void shouldKnowAnInstanceThatBegins() throws Exception {
        try (TestBed bed = TestBed.on("18");
                Connection other = bed.connect();
                Statement statement = other.createStatement()) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            // The making of a slot waits for every transaction that has written.
            other.setAutoCommit(false);
            statement.execute("SELECT txid_current()");
            try (Running running = Running.of(bed.settings())) {
                Waiting.until(
                        "the slot is being made",
                        () -> !bed.query("SELECT 1 FROM pg_replication_slots" + " WHERE active AND slot_name = '"
                                        + bed.name + "'")
                                .isEmpty());

                StatusReport report = StatusReport.of(bed.settings());

                assertThat(report.activity()).isEqualTo(Activity.COPYING);
                assertThat(report.checkpoint().map(Checkpoint::snapshot)).contains(SnapshotState.WANTED);
                assertThat(report.tables()).extracting(TableCopy::state).containsExactly(CopyState.WAITING);
                other.commit();
                running.awaitStreaming();
            }
        }
    }

    @Test
    void shouldSayThatTheNextStartCannotGoOn() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(running.failureSoFar()).isEmpty();
            }
            bed.sql("SELECT pg_drop_replication_slot('" + bed.name + "')");

            StatusReport report = StatusReport.of(bed.settings());

            assertThat(report.problems()).singleElement().satisfies(problem -> {
                assertThat(problem.text()).startsWith("slot " + bed.name + " is gone: what was written since ");
                assertThat(problem.mend())
                        .containsExactly(
                                "copy everything again:  --on-lost-slot=resnapshot",
                                "or go on without what is missing:  bottledwater drop, then start with --snapshot=never");
            });
            assertThat(report.next()).isEmpty();
        }
    }

    @Test
    void shouldTellWhatOneServerKnowsWhenTheOtherIsAway() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            try (Running running = Running.of(bed.settings()).awaitStreaming()) {
                assertThat(running.failureSoFar()).isEmpty();
            }
            String uri = bed.postgres.uri(bed.name);

            StatusReport withoutKafka =
                    StatusReport.of(TestBed.settings(uri, bed.name, "127.0.0.1:1", URI.create("http://127.0.0.1:1")));
            StatusReport withoutPostgres = StatusReport.of(TestBed.settings(
                    uri.replaceFirst(":[0-9]+/", ":1/"),
                    bed.name,
                    TestBed.kafka().bootstrapServers(),
                    URI.create("http://127.0.0.1:1")));

            assertThat(withoutKafka.slot()).isPresent();
            assertThat(withoutKafka.problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.text()).startsWith("cannot reach Kafka at 127.0.0.1:1: "));
            assertThat(withoutPostgres.activity()).isEqualTo(Activity.UNKNOWN);
            assertThat(withoutPostgres.checkpoint().map(Checkpoint::snapshot)).contains(SnapshotState.COMPLETE);
            assertThat(withoutPostgres.problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.text()).startsWith("cannot connect: host=127.0.0.1:1 "));
        }
    }
}
