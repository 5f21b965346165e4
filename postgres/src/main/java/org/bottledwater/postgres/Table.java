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
 * @param rootOid {@code pg_class.oid} of the root, 0 if there is none
 * @param knownAs the name under which its messages go and its progress is remembered: that of before, if it was renamed
 *     and keeps its topic
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
        PublishedPart part,
        int rootOid,
        TableName knownAs) {
    /** The same table as one of its own. */
    public Table withoutRoot() {
        return with(Optional.empty(), 0, part, knownAs);
    }

    /** The same table, of which only a part is published. */
    public Table only(PublishedPart published) {
        return with(root, rootOid, published, knownAs);
    }

    /** The same table, whose messages go under other names. */
    public Table knownAs(TableName newName, Optional<TableName> newRoot) {
        return with(newRoot, rootOid, part, newName);
    }

    private Table with(Optional<TableName> newRoot, int newRootOid, PublishedPart newPart, TableName newName) {
        return new Table(
                oid,
                name,
                newRoot,
                identity,
                keyed,
                hasIdentity,
                pages,
                rows,
                fileNode,
                readable,
                ownedByUs,
                newPart,
                newRootOid,
                newName);
    }

    /** The table whose name its topic has. */
    public TableName published() {
        return root.orElse(knownAs);
    }
}
