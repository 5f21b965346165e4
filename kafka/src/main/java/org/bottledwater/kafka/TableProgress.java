package org.bottledwater.kafka;

import java.util.Optional;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;

/**
 * How much of a table has been copied; it stays when the copy is complete, as a record that the table is captured.
 *
 * @param root the partitioned table in whose topic its rows are, if it is a partition
 * @param oid {@code pg_class.oid}: a table that was dropped and made again is another one
 * @param fileNode {@code pg_class.relfilenode} when the copy began: if it has changed, the rows have moved
 * @param blocks which of the table's blocks are in Kafka
 * @param complete whether that is all
 * @param visible which transactions the copy's snapshot sees ({@code xmin:xmax:xip_list}): the stream leaves these out;
 *     empty as long as none has been taken. Thousands of tables share one text, which may be long
 * @param readAs the rows of this file are read as a snapshot of this text shows them, those that were written later come with
 *     the stream. It is {@code visible}, but not of a table that was rewritten since, whose rows are all new; empty if all
 *     rows are read as they are, as the stream brings no updates of the table
 * @param lsn a position by which everything in {@code visible} had been committed
 * @param before where the topic ended when a copy anew was decided: keys that stood there and do not come again are
 *     cleared before the copy counts as complete
 * @param rootOid {@code pg_class.oid} of {@code root}, 0 if there is none or an older release wrote this
 * @param capturedAs what the topic depends on beside the rows
 * @param leftAt the end of the WAL when the table was found dropped or no longer captured: changes of it may come up to
 *     there; {@link Lsn#INVALID} for a table that is captured
 */
public record TableProgress(
        String slot,
        TableName table,
        Optional<TableName> root,
        int oid,
        long fileNode,
        Blocks blocks,
        boolean complete,
        String visible,
        String readAs,
        long lsn,
        Optional<TopicEnds> before,
        int rootOid,
        CapturedAs capturedAs,
        long leftAt)
        implements CheckpointEntry {
    /** Between the slot and the table. The name of a slot has no slash. */
    static final String INFIX = "/snapshot/";

    /** One of which nothing is known beside its rows. */
    public TableProgress(
            String slot,
            TableName table,
            Optional<TableName> root,
            int oid,
            long fileNode,
            Blocks blocks,
            boolean complete,
            String visible,
            String readAs,
            long lsn,
            Optional<TopicEnds> before) {
        this(
                slot,
                table,
                root,
                oid,
                fileNode,
                blocks,
                complete,
                visible,
                readAs,
                lsn,
                before,
                0,
                CapturedAs.UNKNOWN,
                Lsn.INVALID);
    }

    /** A table whose rows from before are not wanted. */
    public static TableProgress notCopied(
            String slot, TableName table, Optional<TableName> root, int oid, long fileNode) {
        return new TableProgress(slot, table, root, oid, fileNode, Blocks.NONE, true, "", "", 0, Optional.empty());
    }

    /** The table is to be copied anew; {@code ends} is where its topic ends now. */
    public TableProgress again(TopicEnds ends) {
        return new TableProgress(
                slot,
                table,
                root,
                oid,
                fileNode,
                Blocks.NONE,
                false,
                "",
                "",
                Lsn.INVALID,
                Optional.of(ends),
                rootOid,
                capturedAs,
                Lsn.INVALID);
    }

    /** The table is captured like this, as a partition of the table with that OID if that is not 0. */
    public TableProgress as(CapturedAs newCapturedAs, int newRootOid) {
        return new TableProgress(
                slot,
                table,
                root,
                oid,
                fileNode,
                blocks,
                complete,
                visible,
                readAs,
                lsn,
                before,
                newRootOid,
                newCapturedAs,
                leftAt);
    }

    /** The table is dropped or no longer captured, and changes of it may come up to {@code walEnd}. */
    public TableProgress left(long walEnd) {
        return new TableProgress(
                slot,
                table,
                root,
                oid,
                fileNode,
                blocks,
                complete,
                visible,
                readAs,
                lsn,
                before,
                rootOid,
                capturedAs,
                walEnd);
    }

    /** Whether the table is no longer captured. */
    public boolean hasLeft() {
        return leftAt != Lsn.INVALID;
    }

    /** Whether a copy is wanted of which nothing has been read yet. */
    public boolean isUntouched() {
        return !complete && blocks.isEmpty() && visible.isEmpty() && lsn == Lsn.INVALID;
    }

    public TableProgress having(Blocks all) {
        return new TableProgress(
                slot,
                table,
                root,
                oid,
                fileNode,
                all,
                complete,
                visible,
                readAs,
                lsn,
                before,
                rootOid,
                capturedAs,
                leftAt);
    }

    public TableProgress completed() {
        return new TableProgress(
                slot,
                table,
                root,
                oid,
                fileNode,
                Blocks.NONE,
                true,
                visible,
                readAs,
                lsn,
                Optional.empty(),
                rootOid,
                capturedAs,
                leftAt);
    }

    /** {@code slot/snapshot/schema.table}; a dot within a name is escaped, so that no two tables share a key. */
    @Override
    public String key() {
        return slot + INFIX + escape(table.schema()) + "." + escape(table.table());
    }

    private static String escape(String name) {
        return name.replace("%", "%25").replace(".", "%2E");
    }
}
