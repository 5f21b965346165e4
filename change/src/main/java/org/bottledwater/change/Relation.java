package org.bottledwater.change;

import java.util.List;

/**
 * One version of a table: what the columns of its tuples are called and what they mean. A change of schema makes a new
 * instance; whoever compiles something for a relation keeps it by the identity of this object.
 */
public final class Relation {
    private final int oid;
    private final TableName name;
    private final ReplicaIdentity identity;
    private final List<Column> columns;
    private final List<Integer> keyColumns;
    private final String comment;
    private final boolean keyDeferrable;

    /**
     * As the other, with a key that is unique after every statement.
     *
     * @param oid {@code pg_class.oid}
     * @param keyColumns positions in {@code columns} of the message key, ascending; empty for an unkeyed table
     * @param comment the table's comment, empty for none
     */
    public Relation(
            int oid,
            TableName name,
            ReplicaIdentity identity,
            List<Column> columns,
            List<Integer> keyColumns,
            String comment) {
        this(oid, name, identity, columns, keyColumns, comment, false);
    }

    /** @param keyDeferrable whether two rows may have the same key until their transaction ends */
    public Relation(
            int oid,
            TableName name,
            ReplicaIdentity identity,
            List<Column> columns,
            List<Integer> keyColumns,
            String comment,
            boolean keyDeferrable) {
        this.oid = oid;
        this.name = name;
        this.identity = identity;
        this.columns = List.copyOf(columns);
        this.keyColumns = keyColumns.stream().sorted().toList();
        this.comment = comment;
        this.keyDeferrable = keyDeferrable;
        for (int key : this.keyColumns) {
            if (key < 0 || key >= this.columns.size()) {
                throw new IllegalArgumentException(
                        "key column out of range: table=" + name + " position=" + key + " columns=" + columns.size());
            }
        }
    }

    /** The same table under another name. */
    public Relation named(TableName newName) {
        return newName.equals(name)
                ? this
                : new Relation(oid, newName, identity, columns, keyColumns, comment, keyDeferrable);
    }

    public int oid() {
        return oid;
    }

    public TableName name() {
        return name;
    }

    public ReplicaIdentity identity() {
        return identity;
    }

    public List<Column> columns() {
        return columns;
    }

    /** Positions in {@link #columns()} of the message key, ascending; empty for an unkeyed table. */
    public List<Integer> keyColumns() {
        return keyColumns;
    }

    public boolean isKeyed() {
        return !keyColumns.isEmpty();
    }

    /** Whether two rows may have the same key until their transaction ends. */
    public boolean isKeyDeferrable() {
        return keyDeferrable;
    }

    public String comment() {
        return comment;
    }

    @Override
    public String toString() {
        return name.toString();
    }
}
