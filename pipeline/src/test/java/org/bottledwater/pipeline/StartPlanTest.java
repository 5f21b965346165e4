package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.Blocks;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.pipeline.Found.OwnPublications;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Timeline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class StartPlanTest {
    private static final Settings SETTINGS =
            TestBed.settings("postgres://nobody@127.0.0.1:1/db", "s", "127.0.0.1:1", URI.create("http://127.0.0.1:1"));
    private static final Settings RESNAPSHOT =
            new SettingsBuilder(SETTINGS).onLostSlot(OnLostSlot.RESNAPSHOT).build();
    private static final long LSN = Lsn.parse("0/2000");
    private static final Timeline FIRST = new Timeline(1, List.of());
    private static final String WAYS_ON = "\n  copy everything again:  --on-lost-slot=resnapshot\n  or ";

    private Found.Server server = new Found.Server("123", "db", Lsn.parse("0/5000"), FIRST);
    private Optional<Checkpoint> checkpoint = Optional.empty();
    private Map<TableName, TableProgress> tables = Map.of();
    private Optional<Slot> slot = Optional.empty();
    private OwnPublications publications = OwnPublications.NOT_NEEDED;
    private boolean copiedBefore;

    @Test
    void shouldMakeASlotWhereThereIsNothing() {
        assertThat(plan()).isEqualTo(new StartPlan.CreateSlot());
    }

    @Test
    void shouldAdoptASlotThatSomebodyElseMade() {
        slot = slot("0/3000");
        assertThat(plan()).isEqualTo(new StartPlan.AdoptSlot());
    }

    @Test
    void shouldMakeTheSlotWhenACrashCameBeforeIt() {
        checkpoint = checkpoint(SnapshotState.WANTED, Lsn.INVALID);
        assertThat(plan()).isEqualTo(new StartPlan.CreateSlot());
    }

    /** The slot exists, and yet nothing has been copied: its existence must not be taken for a finished snapshot. */
    @Test
    void shouldBeginTheCopyWhenACrashCameRightAfterTheSlot() {
        checkpoint = checkpoint(SnapshotState.WANTED, Lsn.INVALID);
        slot = slot("0/1500");
        assertThat(plan()).isEqualTo(new StartPlan.Resume(Lsn.parse("0/1500")));
    }

    @ParameterizedTest
    @EnumSource(
            value = SnapshotState.class,
            names = {"COPYING", "COMPLETE", "NONE"})
    void shouldGoOnAtTheCheckpoint(SnapshotState snapshot) {
        checkpoint = checkpoint(snapshot, LSN);
        slot = slot("0/2000");
        assertThat(plan()).isEqualTo(new StartPlan.Resume(LSN));
        slot = slot("0/1000");
        assertThat(plan()).isEqualTo(new StartPlan.Resume(LSN));
    }

    @ParameterizedTest
    @EnumSource(
            value = SnapshotState.class,
            names = {"COPYING", "COMPLETE", "NONE"})
    void shouldSayThatTheSlotIsGone(SnapshotState snapshot) {
        checkpoint = checkpoint(snapshot, LSN);
        assertLost("slot s is gone: what was written since 0/2000 cannot be had from the log");
    }

    @Test
    void shouldSayThatTheSlotWasAdvancedOrMadeAnew() {
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN);
        slot = slot("0/2001");
        assertLost("slot s was advanced, or dropped and made anew, by somebody else: slot=0/2001 checkpoint=0/2000;");
    }

    /** PostgreSQL 9.5 tells only from where on it keeps the log. */
    @Test
    void shouldSayThatASlotWithoutPositionWasMadeAnew() {
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN);
        slot = Optional.of(
                new Slot("s", "test_decoding", "db", false, 0, Lsn.parse("0/2001"), Lsn.INVALID, "", false, ""));
        assertLost("slot s was advanced, or dropped and made anew, by somebody else: slot=0/2001 checkpoint=0/2000;");
        slot = Optional.of(new Slot("s", "test_decoding", "db", false, 0, LSN, Lsn.INVALID, "", false, ""));
        assertThat(plan()).isEqualTo(new StartPlan.Resume(LSN));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                     | it was more than max_slot_wal_keep_size",
                "wal_removed            | it was more than max_slot_wal_keep_size",
                "idle_timeout           | nobody had read it for idle_replication_slot_timeout",
                "wal_level_insufficient | wal_level was not logical for a while",
                "rows_removed           | invalidation_reason=rows_removed"
            })
    void shouldSayThatTheSlotWasInvalidated(String by, String reason) {
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN);
        slot = Optional.of(new Slot("s", "pgoutput", "db", false, 0, Lsn.INVALID, LSN, "lost", false, by));
        assertLost("slot s was invalidated: the server gave up what was not read yet, " + reason + "\n");
        checkpoint = checkpoint(SnapshotState.WANTED, Lsn.INVALID);
        assertLost("slot s was invalidated: ");
    }

    @Test
    void shouldSayThatTheServerIsBehind() {
        checkpoint = checkpoint(SnapshotState.COMPLETE, Lsn.parse("0/5001"));
        slot = slot("0/2000");
        assertLost("the server has less log than was read from it: server=0/5000 checkpoint=0/5001;");
    }

    /** The stream had not come that far, but the copy of a table shows rows that this server does not know. */
    @Test
    void shouldSayThatTheServerIsBehindWhatWasCopied() {
        checkpoint = checkpoint(SnapshotState.COPYING, LSN);
        slot = slot("0/2000");
        TableName name = new TableName("public", "t");
        TableProgress copied = new TableProgress(
                "s",
                name,
                Optional.empty(),
                1,
                1,
                Blocks.NONE,
                false,
                "5:6:",
                "5:6:",
                Lsn.parse("0/5001"),
                Optional.empty());
        tables = Map.of(name, copied);
        assertLost("the server has less log than was read from it: server=0/5000 checkpoint=0/5001;");
    }

    @Test
    void shouldFollowAStandbyThatHasEverythingThatWasCopied() {
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN);
        slot = slot("0/1800");
        server = new Found.Server("123", "db", Lsn.parse("0/5000"), second("0/2000"));
        assertThat(plan()).isEqualTo(new StartPlan.Resume(LSN));
    }

    @Test
    void shouldNotFollowAStandbyThatLaggedBehindHoweverMuchItHasWrittenSince() {
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN);
        slot = slot("0/1800");
        server = new Found.Server("123", "db", Lsn.parse("0/5000"), second("0/1FFF"));
        assertLost("the server's history is not the one that was copied: timeline=2 checkpoint=0/2000 of timeline 1,"
                + " which it left at 0/1FFF; was it restored from a backup, did a standby");
    }

    @Test
    void shouldNotGoBackToAFormerPrimary() {
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN, Map.of(StartPlan.TIMELINE, "2"));
        slot = slot("0/1800");
        assertLost("the server's history is not the one that was copied: timeline=1 checkpoint=0/2000 of timeline 2;");

        Settings several = new SettingsBuilder(TestBed.settings(
                        "postgres://nobody@127.0.0.1:1,127.0.0.1:2/db",
                        "s",
                        "127.0.0.1:1",
                        URI.create("http://127.0.0.1:1")))
                .onLostSlot(OnLostSlot.RESNAPSHOT)
                .build();
        assertThatThrownBy(() -> StartPlan.of(several, found()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("the server's history is not the one that was copied: timeline=1 checkpoint=")
                .hasMessageEndingWith("\n  of the hosts of --postgres, leave only those that may be copied");
    }

    /** One that was written by a release that did not know of timelines. */
    @Test
    void shouldGoOnAtACheckpointThatKnowsNoTimeline() {
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN, Map.of());
        slot = slot("0/1800");
        server = new Found.Server("123", "db", Lsn.parse("0/5000"), second("0/1FFF"));
        assertThat(plan()).isEqualTo(new StartPlan.Resume(LSN));
    }

    @Test
    void shouldSayThatTheCheckpointIsGone() {
        slot = slot("0/2000");
        publications = OwnPublications.THERE;
        assertLost("the checkpoint of slot s is gone from Kafka: nothing says what was copied, and up to where");
        Settings skipping = new SettingsBuilder(SETTINGS).skipSnapshot().build();
        assertThat(StartPlan.of(skipping, found())).isEqualTo(new StartPlan.AdoptSlot());

        copiedBefore = true;
        assertThatThrownBy(() -> StartPlan.of(skipping, found())).hasMessageStartingWith("the checkpoint of slot s is");
        publications = OwnPublications.NOT_NEEDED;
        assertLost("the checkpoint of slot s is gone from Kafka: ");
        slot = Optional.empty();
        assertLost("the checkpoint of slot s is gone from Kafka: ");
    }

    @Test
    void shouldSayThatAPublicationIsYoungerThanTheSlot() {
        slot = slot("0/2000");
        publications = OwnPublications.MISSING;
        assertLost("slot s is older than the publications that its plugin pgoutput would need: ");
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN);
        assertLost("slot s is older than the publications that its plugin pgoutput would need: ");
    }

    @Test
    void shouldRefuseTheCheckpointOfAnotherServerWhateverIsAskedFor() {
        checkpoint = Optional.of(new Checkpoint("s", "999", "db", "pgoutput", LSN, SnapshotState.COMPLETE, Map.of()));
        slot = slot("0/2000");
        assertThatThrownBy(() -> StartPlan.of(RESNAPSHOT, found()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(
                        "the checkpoint of slot s is that of another database: checkpoint=999/db connected=123/db");
    }

    @Test
    void shouldRefuseTheSlotOfAnotherDatabase() {
        slot = Optional.of(new Slot("s", "pgoutput", "other", false, 0, LSN, LSN, "reserved", false, ""));
        assertThatThrownBy(() -> StartPlan.of(RESNAPSHOT, found()))
                .hasMessageStartingWith("slot s belongs to another database: database=other connected=db");
    }

    @Test
    void shouldNotLetAnUnfinishedSnapshotBeSkipped() {
        checkpoint = checkpoint(SnapshotState.COPYING, LSN);
        slot = slot("0/2000");
        Settings skipping = new SettingsBuilder(SETTINGS).skipSnapshot().build();
        assertThatThrownBy(() -> StartPlan.of(skipping, found()))
                .hasMessageStartingWith("the snapshot of slot s was begun and is not finished");
    }

    @Test
    void shouldNotDropASlotThatFollowsChangesBehindACopy() {
        slot = slot("0/2000");
        checkpoint = checkpoint(SnapshotState.COMPLETE, LSN);
        assertThatThrownBy(this::planOnly)
                .hasMessageStartingWith("slot s is there to follow changes, and --snapshot=only would drop it");
        checkpoint = Optional.empty();
        assertThatThrownBy(this::planOnly)
                .hasMessageStartingWith("slot s is there to follow changes, and --snapshot=only would drop it");
    }

    @Test
    void shouldGoOnWithACopyThatIsAllThatIsWanted() {
        Optional<Checkpoint> copying = checkpoint(SnapshotState.COPYING, LSN).map(last -> last.with(StartPlan.ONLY));
        checkpoint = copying;
        slot = slot("0/2000");
        assertThat(planOnly()).isEqualTo(new StartPlan.Resume(LSN));
        slot = Optional.empty();
        assertThatThrownBy(this::planOnly).hasMessageStartingWith("slot s is gone");
        checkpoint = copying.map(last -> last.with(SnapshotState.COMPLETE));
        assertThat(planOnly()).isEqualTo(new StartPlan.Finish());
    }

    private StartPlan planOnly() {
        return StartPlan.of(
                new SettingsBuilder(SETTINGS).snapshot(SnapshotMode.ONLY).build(), found());
    }

    private void assertLost(String message) {
        assertThatThrownBy(this::plan)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(message)
                .hasMessageContaining(WAYS_ON);
        assertThat(StartPlan.of(RESNAPSHOT, found()))
                .isInstanceOfSatisfying(
                        StartPlan.CopyAnew.class,
                        anew -> assertThat(anew.reason() + "\n").startsWith(message));
    }

    private StartPlan plan() {
        return StartPlan.of(SETTINGS, found());
    }

    private Found found() {
        return new Found(
                server,
                slot,
                publications,
                CheckpointState.of(checkpoint, tables.values(), List.of(), 0),
                copiedBefore);
    }

    /** The timeline of a standby that was promoted at {@code end}. */
    private static Timeline second(String end) {
        return new Timeline(2, List.of(new Timeline.Branch(1, Lsn.parse(end))));
    }

    private static Optional<Checkpoint> checkpoint(SnapshotState snapshot, long lsn) {
        return checkpoint(snapshot, lsn, Map.of(StartPlan.TIMELINE, "1"));
    }

    private static Optional<Checkpoint> checkpoint(SnapshotState snapshot, long lsn, Map<String, String> properties) {
        return Optional.of(new Checkpoint("s", "123", "db", "pgoutput", lsn, snapshot, properties));
    }

    private static Optional<Slot> slot(String confirmed) {
        long lsn = Lsn.parse(confirmed);
        return Optional.of(new Slot("s", "pgoutput", "db", false, 0, lsn, lsn, "reserved", false, ""));
    }
}
