package org.bottledwater.postgres.wire;

import java.util.Arrays;
import java.util.List;
import org.bottledwater.change.Column;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;

/**
 * How test_decoding prints the rows of a relation. Every row repeats the names and types of its columns; as long as
 * these are the bytes that they were, the relation is the one that it was.
 */
final class Shape {
    /** What a table WITH OIDS (up to PostgreSQL 11) prints before its columns. */
    static final byte[] SYSTEM_OID = TextReader.ascii(" oid[oid]:");

    private static final byte[] UNKNOWN = {};
    private static final int PASSED_OVER = -1;

    private final Relation relation;
    private final List<NamedColumn> columns;
    private final List<String> names;
    private final byte[][] labels;
    private final int[] targets;
    private final boolean systemOid;
    private final int[] keyColumns;

    /** The transaction in which the resolver was last asked about a doubt, so that it is not asked for each row. */
    private long askedIn = -1;

    /**
     * @param columns all that are printed, of which the relation may lack some: these are generated and passed over
     * @param labels for each column what comes before its value: {@code  name[type]:}
     */
    Shape(Relation relation, List<NamedColumn> columns, byte[][] labels, boolean systemOid) {
        this(relation, columns, columns.stream().map(NamedColumn::name).toList(), labels, systemOid);
    }

    private Shape(
            Relation relation, List<NamedColumn> columns, List<String> names, byte[][] labels, boolean systemOid) {
        this.relation = relation;
        this.columns = columns;
        this.names = names;
        this.labels = labels;
        this.targets = targets(relation, names);
        this.systemOid = systemOid;
        this.keyColumns =
                relation.keyColumns().stream().mapToInt(Integer::intValue).toArray();
    }

    /** A shape known from the catalog only: labels are learned as they are met. */
    static Shape ofCatalog(CurrentTable table, boolean systemOid) {
        byte[][] labels = new byte[table.columns().size()][];
        Arrays.fill(labels, UNKNOWN);
        return new Shape(table.relation(), List.of(), table.columns(), labels, systemOid);
    }

    private static int[] targets(Relation relation, List<String> names) {
        List<Column> wanted = relation.columns();
        int[] targets = new int[names.size()];
        int next = 0;
        for (int i = 0; i < targets.length; i++) {
            boolean kept = next < wanted.size() && wanted.get(next).name().equals(names.get(i));
            targets[i] = kept ? next++ : PASSED_OVER;
        }
        if (next != wanted.size()) {
            throw new IllegalArgumentException("relation has other columns than it was resolved with: table=" + relation
                    + " column=" + wanted.get(next).name() + " expected=" + names);
        }
        return targets;
    }

    /** This shape for what the resolver now says of the same columns. */
    Shape with(Relation newer) {
        Shape shape = new Shape(newer, columns, names, labels, systemOid);
        shape.askedIn = askedIn;
        return shape;
    }

    Relation relation() {
        return relation;
    }

    /** The columns as the log names them; empty if the shape is from the catalog. */
    List<NamedColumn> columns() {
        return columns;
    }

    boolean isOfCatalog() {
        return columns.isEmpty() && labels.length != 0;
    }

    boolean hasSystemOid() {
        return systemOid;
    }

    /** How many columns are printed, generated ones included. */
    int size() {
        return labels.length;
    }

    /** How many columns the relation has. */
    int width() {
        return relation.columns().size();
    }

    /** Reads the value of a printed column, or passes over it when the column is generated. */
    void readValue(TextReader in, int column, TextRow row) {
        int target = targets[column];
        if (target == PASSED_OVER) {
            in.skipValue();
        } else {
            in.readValue(row, target);
        }
    }

    /** Steps over the label of {@code column} if it comes next. */
    boolean skipLabel(TextReader in, int column) {
        byte[] label = labels[column];
        return label.length != 0 && in.skip(label);
    }

    /** Gives the column of that name its label, unless it has one already or there is no such column. */
    void learn(String name, byte[] label) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i].length == 0 && names.get(i).equals(name)) {
                labels[i] = label;
                return;
            }
        }
    }

    /** Whether this is the first doubt in that transaction. */
    boolean mayAsk(long transaction) {
        boolean first = askedIn != transaction;
        askedIn = transaction;
        return first;
    }

    /**
     * Whether the replica identity is one under which a change lists just these old columns. It is not when the
     * identity has changed since the relation was resolved: test_decoding does not tell of that.
     */
    boolean expects(TextRow old) {
        return switch (relation.identity()) {
            case FULL -> true;
            case NOTHING -> false;
            case DEFAULT, INDEX -> isKey(old);
        };
    }

    /** The same for an UPDATE, where a value that stayed in TOAST cannot have been NULL before. */
    boolean expects(TextRow old, TextRow row) {
        if (!expects(old)) {
            return false;
        }
        if (relation.identity() == ReplicaIdentity.FULL) {
            for (int i = 0; i < width(); i++) {
                if (row.tuple().state(i) == ColumnState.UNCHANGED && old.tuple().state(i) == ColumnState.NULL) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The same for a DELETE that lists nothing. */
    boolean expectsNoOldRow() {
        return switch (relation.identity()) {
            case FULL -> false;
            case NOTHING -> true;
            case DEFAULT, INDEX -> keyColumns.length == 0;
        };
    }

    private boolean isKey(TextRow old) {
        if (old.listed() != keyColumns.length) {
            return false;
        }
        for (int key : keyColumns) {
            if (old.tuple().state(key) == ColumnState.NULL) {
                return false;
            }
        }
        return true;
    }
}
