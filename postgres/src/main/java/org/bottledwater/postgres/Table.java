package org.bottledwater.postgres;

import java.util.Optional;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;

/**
 * A table that can be captured.
 *
 * @param oid {@code pg_class.oid}, unsigned
 * @param root the partitioned table of which it is a part, at any depth, if both have the same key: their rows can then
 *     be told apart in one topic
 * @param keyed whether its messages can have a key, and updates and deletes can be published
 * @param hasIdentity whether updates and deletes can be published: a table without would have its own UPDATE and
 *     DELETE refused by PostgreSQL if a publication of these operations named it
 * @param pages its size in blocks when it was last vacuumed or analysed, an estimate
 * @param rows an estimate; 0 also for a table that was never looked at
 * @param fileNode changes when the table is rewritten, and with it the place of its rows
 * @param readable whether this role may SELECT from it
 * @param ownedByUs whether this role may put it into a publication
 * @param part what of it the user's publication has
 */
public record Table(
        int oid,
        TableName name,
        Optional<TableName> root,
        ReplicaIdentity identity,
        boolean keyed,
        boolean hasIdentity,
        long pages,
        long rows,
        int fileNode,
        boolean readable,
        boolean ownedByUs,
        PublishedPart part) {
    /** The same table as one of its own. */
    public Table withoutRoot() {
        return with(Optional.empty(), part);
    }

    /** The same table, of which only a part is published. */
    public Table only(PublishedPart published) {
        return with(root, published);
    }

    private Table with(Optional<TableName> newRoot, PublishedPart newPart) {
        return new Table(
                oid, name, newRoot, identity, keyed, hasIdentity, pages, rows, fileNode, readable, ownedByUs, newPart);
    }

    /** The table whose name its topic has. */
    public TableName published() {
        return root.orElse(name);
    }
}
