package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.TableStatus.CopyState;
import org.bottledwater.postgres.PublishedPart;
import org.bottledwater.postgres.Table;
import org.junit.jupiter.api.Test;

/** What is shown of a copy. */
final class RunStatusTest {
    private static final TableName ROOT = new TableName("public", "root");

    private final RunStatus status = new RunStatus();
    private final CopyNotes notes = new CopyNotes(status, new PipelineListener() {});

    private static Table table(String name, boolean partition, long rows) {
        return new Table(
                rows < 100 ? 1 : 2,
                new TableName("public", name),
                partition ? Optional.of(ROOT) : Optional.empty(),
                ReplicaIdentity.DEFAULT,
                true,
                true,
                1,
                rows,
                1,
                true,
                true,
                PublishedPart.WHOLE,
                partition ? 3 : 0,
                new TableName("public", name));
    }

    @Test
    void shouldCountPartitionsAsOneTableThatIsDoneWhenAllAre() {
        status.copies(List.of(table("one", true, 10), table("two", true, 200), table("other", false, 5)));
        TableStatus root = status.of(ROOT);

        assertThat(root.expectedRows()).isEqualTo(210);
        notes.tableCopied(new TableName("public", "one"), 10);
        assertThat(root.copy()).isEqualTo(CopyState.WAITING);
        notes.tableCopied(new TableName("public", "two"), 200);
        assertThat(root.copy()).isEqualTo(CopyState.DONE);
        assertThat(status.of(new TableName("public", "other")).copy()).isEqualTo(CopyState.WAITING);
    }

    @Test
    void shouldCountOnlyWhatBelongsToTheCopy() {
        TableStatus table = status.of(new TableName("public", "t"));
        table.sent(100, 1);
        assertThat(table.copiedRows()).isZero();

        status.copies(List.of(table("t", false, 7)));
        table.sent(10, 1);
        table.sent(10, 1);
        assertThat(table.copiedRows()).isEqualTo(2);
        assertThat(table.copiedBytes()).isEqualTo(20);

        notes.tableCopied(new TableName("public", "t"), 2);
        table.sent(1000, 1);
        assertThat(table.copiedRows()).as("the stream goes on").isEqualTo(2);
        assertThat(table.copiedBytes()).isEqualTo(20);
        assertThat(table.messages()).isEqualTo(4);

        status.copies(List.of(table("t", false, 7)));
        assertThat(table.copiedRows()).as("it is copied anew").isZero();
        assertThat(table.copy()).isEqualTo(CopyState.WAITING);
    }
}
