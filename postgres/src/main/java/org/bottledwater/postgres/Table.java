package org.bottledwater.postgres;

import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;

/**
 * A table that can be captured.
 *
 * @param oid {@code pg_class.oid}, unsigned
 * @param keyed whether its messages can have a key, and updates and deletes can be published
 * @param hasIdentity whether updates and deletes can be published: a table without would have its own UPDATE and
 *     DELETE refused by PostgreSQL if a publication of these operations named it
 * @param pages its size in blocks when it was last vacuumed or analysed, an estimate
 * @param rows an estimate; 0 also for a table that was never looked at
 * @param fileNode changes when the table is rewritten, and with it the place of its rows
 * @param readable whether this role may SELECT from it
 * @param ownedByUs whether this role may put it into a publication
 */
public record Table(
        int oid,
        TableName name,
        ReplicaIdentity identity,
        boolean keyed,
        boolean hasIdentity,
        long pages,
        long rows,
        int fileNode,
        boolean readable,
        boolean ownedByUs) {}
