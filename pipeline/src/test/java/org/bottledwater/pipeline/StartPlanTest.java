package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.SnapshotState;
import org.bottledwater.postgres.Slot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class StartPlanTest {
    private static final long WAL = Lsn.parse("0/5000");
    private static final long LSN = Lsn.parse("0/2000");

    @Test
    void shouldMakeASlotWhereThereIsNothing() {
        assertThat(plan(Optional.empty(), Optional.empty())).isEqualTo(new StartPlan.CreateSlot());
    }

    @Test
    void shouldAdoptASlotThatSomebodyElseMade() {
        assertThat(plan(Optional.empty(), slot("0/3000"))).isEqualTo(new StartPlan.AdoptSlot());
    }

    @Test
    void shouldMakeTheSlotWhenACrashCameBeforeIt() {
        assertThat(plan(checkpoint(SnapshotState.WANTED, Lsn.INVALID), Optional.empty()))
                .isEqualTo(new StartPlan.CreateSlot());
    }

    /** The slot exists, and yet nothing has been copied: its existence must not be taken for a finished snapshot. */
    @Test
    void shouldBeginTheCopyWhenACrashCameRightAfterTheSlot() {
        assertThat(plan(checkpoint(SnapshotState.WANTED, Lsn.INVALID), slot("0/1500")))
                .isEqualTo(new StartPlan.Resume(Lsn.parse("0/1500")));
    }

    @ParameterizedTest
    @EnumSource(
            value = SnapshotState.class,
            names = {"COPYING", "COMPLETE", "NONE"})
    void shouldGoOnAtTheCheckpoint(SnapshotState snapshot) {
        assertThat(plan(checkpoint(snapshot, LSN), slot("0/2000"))).isEqualTo(new StartPlan.Resume(LSN));
        assertThat(plan(checkpoint(snapshot, LSN), slot("0/1000"))).isEqualTo(new StartPlan.Resume(LSN));
    }

    @ParameterizedTest
    @EnumSource(
            value = SnapshotState.class,
            names = {"COPYING", "COMPLETE", "NONE"})
    void shouldSayThatTheSlotIsGone(SnapshotState snapshot) {
        assertThatThrownBy(() -> plan(checkpoint(snapshot, LSN), Optional.empty()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(
                        "slot s is gone: what was written since 0/2000 cannot be had from the log\n  begin anew");
    }

    @Test
    void shouldSayThatTheSlotWasAdvanced() {
        assertThatThrownBy(() -> plan(checkpoint(SnapshotState.COMPLETE, LSN), slot("0/2001")))
                .hasMessageStartingWith("slot s was advanced by somebody else: slot=0/2001 checkpoint=0/2000;");
    }

    @Test
    void shouldSayThatTheSlotWasInvalidated() {
        Slot lost = new Slot("s", "pgoutput", "db", false, 0, LSN, LSN, "lost");
        assertThatThrownBy(() -> plan(checkpoint(SnapshotState.COMPLETE, LSN), Optional.of(lost)))
                .hasMessageStartingWith("slot s was invalidated: the server removed log that was not read yet");
    }

    @Test
    void shouldSayThatTheServerHasLostLogThatWasRead() {
        assertThatThrownBy(() -> plan(checkpoint(SnapshotState.COMPLETE, WAL + 1), slot("0/2000")))
                .hasMessageStartingWith(
                        "the server has less log than was read from it: server=0/5000 checkpoint=0/5001;");
    }

    @Test
    void shouldRefuseTheCheckpointOfAnotherServer() {
        Checkpoint other = new Checkpoint("s", "999", "db", "pgoutput", LSN, SnapshotState.COMPLETE, Map.of());
        assertThatThrownBy(() -> plan(Optional.of(other), slot("0/2000")))
                .hasMessageStartingWith(
                        "the checkpoint of slot s is that of another database: checkpoint=999/db connected=123/db");
    }

    @Test
    void shouldRefuseTheSlotOfAnotherDatabase() {
        Slot other = new Slot("s", "pgoutput", "other", false, 0, LSN, LSN, "reserved");
        assertThatThrownBy(() -> plan(Optional.empty(), Optional.of(other)))
                .hasMessageStartingWith("slot s belongs to another database: database=other connected=db");
    }

    @Test
    void shouldNotLetAnUnfinishedSnapshotBeSkipped() {
        StartPlan.Asked asked = new StartPlan.Asked("s", "123", "db", WAL, true);
        assertThatThrownBy(() -> StartPlan.of(asked, checkpoint(SnapshotState.COPYING, LSN), slot("0/2000")))
                .hasMessageStartingWith("the snapshot of slot s was begun and is not finished");
    }

    private static StartPlan plan(Optional<Checkpoint> checkpoint, Optional<Slot> slot) {
        return StartPlan.of(new StartPlan.Asked("s", "123", "db", WAL, false), checkpoint, slot);
    }

    private static Optional<Checkpoint> checkpoint(SnapshotState snapshot, long lsn) {
        return Optional.of(new Checkpoint("s", "123", "db", "pgoutput", lsn, snapshot, Map.of()));
    }

    private static Optional<Slot> slot(String confirmed) {
        long lsn = Lsn.parse(confirmed);
        return Optional.of(new Slot("s", "pgoutput", "db", false, 0, lsn, lsn, "reserved"));
    }
}
