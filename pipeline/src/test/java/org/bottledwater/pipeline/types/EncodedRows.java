package org.bottledwater.pipeline.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;

/** Encodes what a copy or a stream brings and keeps it by table: what {@link #rows} has is Avro in hexadecimal and JSON. */
final class EncodedRows implements ChangeHandler {
    /** Inserted last, so that a reader of the stream knows that it has everything. */
    static final String LAST_TABLE = "last_of_all";

    /** Stands for a row that the mapping cannot hold. */
    static final String REFUSED = "refused";

    final Map<String, List<String>> rows = new TreeMap<>();
    final Map<String, List<String>> keys = new TreeMap<>();
    final Map<String, List<String>> oldKeys = new TreeMap<>();
    final Map<String, Relation> relations = new HashMap<>();
    private final IdentityHashMap<Relation, RowEncoder[]> encoders = new IdentityHashMap<>();

    boolean isComplete() {
        return rows.containsKey(LAST_TABLE);
    }

    @Override
    public void insert(Relation relation, Tuple row) {
        String table = relation.name().table();
        relations.put(table, relation);
        rows.computeIfAbsent(table, name -> new ArrayList<>()).add(value(relation, row));
        if (relation.isKeyed()) {
            keys.computeIfAbsent(table, name -> new ArrayList<>()).add(key(relation, row));
        }
    }

    @Override
    public void delete(Relation relation, OldRow oldRow, Tuple old) {
        oldKeys.computeIfAbsent(relation.name().table(), name -> new ArrayList<>())
                .add(key(relation, old));
    }

    private String value(Relation relation, Tuple row) {
        try {
            return render(encoders(relation)[0].value(row), encoders(relation)[1].value(row));
        } catch (UnsupportedValueException e) {
            return refusal(relation, e);
        }
    }

    private String key(Relation relation, Tuple row) {
        try {
            return render(encoders(relation)[0].key(row), encoders(relation)[1].key(row));
        } catch (UnsupportedValueException e) {
            return refusal(relation, e);
        }
    }

    /** Text and binary form may be refused for another reason, but never without the way out. */
    private static String refusal(Relation relation, UnsupportedValueException e) {
        assertThat(e).hasMessageContaining("--column-type=" + relation.name() + ".");
        return REFUSED;
    }

    private RowEncoder[] encoders(Relation relation) {
        return encoders.computeIfAbsent(
                relation, r -> new RowEncoder[] {
                    RowEncoder.avro(r, TypeOptions.DEFAULT, 1, 2), RowEncoder.json(r, TypeOptions.DEFAULT)
                });
    }

    private static String render(byte[] avro, byte[] json) {
        return HexFormat.of().formatHex(avro) + " " + new String(json, StandardCharsets.UTF_8);
    }

    @Override
    public void begin(int xid, long commitLsn, long commitTime) {}

    @Override
    public void update(Relation relation, OldRow oldRow, Tuple old, Tuple row) {
        throw new AssertionError("nothing was updated: table=" + relation);
    }

    @Override
    public void truncate(List<Relation> truncated, boolean cascade, boolean restartIdentity) {
        throw new AssertionError("nothing was truncated: tables=" + truncated);
    }

    @Override
    public void message(boolean transactional, long lsn, String prefix, byte[] content) {}

    @Override
    public void commit(long commitLsn, long endLsn, long commitTime) {}
}
