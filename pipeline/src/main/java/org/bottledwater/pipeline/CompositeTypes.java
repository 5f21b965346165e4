package org.bottledwater.pipeline;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Type;
import org.bottledwater.postgres.Catalog;

/**
 * The composite types of a table's columns, as they were at some moment. {@code ALTER TYPE} changes them, and the stream
 * does not say so: the catalog is asked once for each transaction that it may not have shown yet, which in a backlog is
 * none. So no row is read by what its types were before it was written; it may be older than they are.
 */
final class CompositeTypes {
    private final Relation relation;
    private final Found found;
    private final String state;
    private VisibleTransactions seen;
    private int lastXid;
    private boolean coversLast;

    private CompositeTypes(Relation relation, Found found, String answer) {
        this.relation = relation;
        this.found = found;
        this.seen = seen(answer);
        this.state = state(answer);
    }

    /** The composite types in a table's columns, however deep. */
    private static final class Found {
        final Set<Integer> oids = new TreeSet<>();

        Found(Relation relation) {
            relation.columns().stream().map(Column::type).forEach(this::add);
        }

        private void add(Type type) {
            if (type instanceof Type.Composite composite) {
                oids.add(type.oid());
                composite.fields().forEach(field -> add(field.type()));
            } else if (type instanceof Type.Domain domain) {
                add(domain.base());
            } else if (type instanceof Type.Array array) {
                add(array.element());
            } else if (type instanceof Type.Range range) {
                add(range.subtype());
            } else if (type instanceof Type.Multirange multirange) {
                add(multirange.range());
            }
        }
    }

    /** Those of the table as they are now; empty if it has none. */
    static Optional<CompositeTypes> of(Relation relation, Catalog catalog) {
        Found known = new Found(relation);
        if (known.oids.isEmpty()) {
            return Optional.empty();
        }
        while (true) {
            // First the state: what is read behind it is as new as that, and a change in between is found by the next
            // look.
            String answer = catalog.compositeState(known.oids);
            Relation now = catalog.withTypesOfNow(relation);
            Found found = new Found(now);
            if (found.oids.equals(known.oids)) {
                return Optional.of(new CompositeTypes(now, found, answer));
            }
            known = found;
        }
    }

    /** The table with the types as they were at that moment. */
    Relation relation() {
        return relation;
    }

    /** Whether the types are still what they were when the committed transaction {@code xid} wrote its rows, or later. */
    boolean cover(int xid, Catalog catalog) {
        if (!coversLast || lastXid != xid) {
            lastXid = xid;
            coversLast = seen.includes(xid) || isUnchanged(catalog);
        }
        return coversLast;
    }

    private boolean isUnchanged(Catalog catalog) {
        String answer = catalog.compositeState(found.oids);
        if (!state(answer).equals(state)) {
            return false;
        }
        seen = seen(answer);
        return true;
    }

    private static VisibleTransactions seen(String answer) {
        return VisibleTransactions.parse(answer.substring(0, answer.indexOf(' ')));
    }

    private static String state(String answer) {
        return answer.substring(answer.indexOf(' ') + 1);
    }
}
