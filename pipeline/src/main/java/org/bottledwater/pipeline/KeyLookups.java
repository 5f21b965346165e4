package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.avro.KeyText;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.postgres.Fetched;

/**
 * Asks the table, for many keys with one query, which row is at a key of which the changes of a transaction do not tell
 * ({@link GivenKeys}).
 */
final class KeyLookups {
    private static final int MOST = 500;
    private static final int MOST_BYTES = 1 << 20;

    private final ToastReader reader;
    private final int moneyFraction;
    private final Map<Outlet, Asked> asked = new LinkedHashMap<>();
    private int keys;
    private int bytes;

    private record Asked(Relation relation, Set<List<String>> keys) {}

    /** Receives a row that is there. */
    @FunctionalInterface
    interface Found {
        void row(Outlet outlet, Relation relation, Tuple row, Completed completed);
    }

    /** @param moneyFraction as of {@link org.bottledwater.avro.TypeOptions} */
    KeyLookups(ToastReader reader, int moneyFraction) {
        this.reader = reader;
        this.moneyFraction = moneyFraction;
    }

    void clear() {
        asked.clear();
        keys = 0;
        bytes = 0;
    }

    /** The key of {@code row} is to be looked up. */
    void add(Outlet outlet, Relation relation, Tuple row) {
        List<String> key = new ArrayList<>();
        for (int column : relation.keyColumns()) {
            key.add(KeyText.literal(relation, row, column, moneyFraction));
        }
        Asked of = asked.computeIfAbsent(outlet, first -> new Asked(relation, new LinkedHashSet<>()));
        if (of.keys().add(key)) {
            keys++;
            bytes += key.stream().mapToInt(String::length).sum();
        }
    }

    boolean isFull() {
        return keys >= MOST || bytes >= MOST_BYTES;
    }

    /** Looks up what was added. */
    void flush(int xid, Found found) {
        if (asked.isEmpty()) {
            return;
        }
        asked.forEach((outlet, of) -> {
            List<List<String>> rest = List.copyOf(of.keys());
            while (!rest.isEmpty()) {
                List<Optional<Fetched>> answers = reader.rows(xid, of.relation(), rest);
                for (Optional<Fetched> answer : answers) {
                    answer.ifPresent(
                            row -> found.row(outlet, of.relation(), row.columns(), completed(xid, of.relation(), row)));
                }
                rest = rest.subList(answers.size(), rest.size());
            }
        });
        clear();
    }

    /** What another transaction wrote may have been written later. What is not known of the row is null. */
    private static Completed completed(int xid, Relation relation, Fetched row) {
        List<Integer> read = new ArrayList<>();
        List<Integer> unknown = new ArrayList<>();
        for (int i = 0; i < row.columns().size(); i++) {
            (row.columns().state(i) == ColumnState.UNCHANGED ? unknown : read).add(i);
        }
        Completed lacking = ToastReader.unknown(relation, unknown, row.columns());
        boolean exact = row.xmin() == Integer.toUnsignedLong(xid);
        return new Completed(exact ? List.of() : ToastReader.names(relation, read), lacking.unknown());
    }
}
