package org.bottledwater.kafka;

import java.util.Optional;
import org.bottledwater.change.TableName;

/**
 * How much of a table has been copied; it stays when the copy is complete, as a record that the table is captured.
 *
 * @param root the partitioned table in whose topic its rows are, if it is a partition
 * @param oid {@code pg_class.oid}: a table that was dropped and made again is another one
 * @param fileNode {@code pg_class.relfilenode} when the copy began: if it has changed, the rows have moved
 * @param blocks how many of the table's first blocks are in Kafka
 * @param complete whether that is all
 * @param visible which transactions the copy's snapshot sees ({@code xmin:xmax:xip_list}), if it was taken ahead of the
 *     stream: the stream leaves these out; otherwise empty
 * @param lsn a position by which everything in {@code visible} had been committed
 */
public record TableProgress(
        String slot,
        TableName table,
        Optional<TableName> root,
        int oid,
        long fileNode,
        long blocks,
        boolean complete,
        String visible,
        long lsn)
        implements CheckpointEntry {
    /** Between the slot and the table. The name of a slot has no slash. */
    static final String INFIX = "/snapshot/";

    /** A table whose rows from before are not wanted. */
    public static TableProgress notCopied(
            String slot, TableName table, Optional<TableName> root, int oid, long fileNode) {
        return new TableProgress(slot, table, root, oid, fileNode, 0, true, "", 0);
    }

    public TableProgress upTo(long newBlocks) {
        return new TableProgress(slot, table, root, oid, fileNode, newBlocks, false, visible, lsn);
    }

    public TableProgress completed() {
        return new TableProgress(slot, table, root, oid, fileNode, blocks, true, visible, lsn);
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
