package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.RowHandler;
import org.bottledwater.change.Tuple;

/** Writes down each call as a line. A text value is shown as {@code 'x'}, a binary one as {@code x'00'}. */
final class RecordingHandler implements ChangeHandler, RowHandler {
    final List<String> calls = new ArrayList<>();

    @Override
    public void begin(int xid, long commitLsn, long commitTime) {
        calls.add("begin " + Integer.toUnsignedString(xid) + " " + lsn(commitLsn) + " " + time(commitTime));
    }

    @Override
    public void insert(Relation relation, Tuple row) {
        calls.add("insert " + relation + " " + render(relation, row));
    }

    @Override
    public void update(Relation relation, OldRow oldRow, Tuple old, Tuple row) {
        calls.add("update " + relation + " " + render(relation, oldRow, old) + " " + render(relation, row));
    }

    @Override
    public void delete(Relation relation, OldRow oldRow, Tuple old) {
        calls.add("delete " + relation + " " + render(relation, oldRow, old));
    }

    @Override
    public void truncate(List<Relation> relations, boolean cascade, boolean restartIdentity) {
        calls.add("truncate " + relations + (cascade ? " cascade" : "") + (restartIdentity ? " restart" : ""));
    }

    @Override
    public void message(boolean transactional, long lsn, String prefix, byte[] content) {
        calls.add("message " + (transactional ? "transactional " : "") + lsn(lsn) + " " + prefix + " "
                + new String(content, UTF_8));
    }

    @Override
    public void commit(long commitLsn, long endLsn, long commitTime) {
        calls.add("commit " + lsn(commitLsn) + " " + lsn(endLsn) + " " + time(commitTime));
    }

    @Override
    public void row(Relation relation, Tuple row) {
        calls.add("row " + relation + " " + render(relation, row));
    }

    private static String render(Relation relation, OldRow oldRow, Tuple old) {
        return oldRow == OldRow.ABSENT ? "ABSENT" : oldRow + render(relation, old);
    }

    private static String render(Relation relation, Tuple row) {
        if (row.size() != relation.columns().size()) {
            throw new AssertionError("tuple does not fit, columns=" + row.size());
        }
        List<String> values = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            values.add(relation.columns().get(i).name() + "=" + value(row, i));
        }
        return "(" + String.join(", ", values) + ")";
    }

    private static String value(Tuple row, int column) {
        return switch (row.state(column)) {
            case NULL -> "NULL";
            case UNCHANGED -> "UNCHANGED";
            case TEXT -> "'" + new String(row.buffer(), row.offset(column), row.length(column), UTF_8) + "'";
            case BINARY ->
                "x'"
                        + HexFormat.of()
                                .formatHex(row.buffer(), row.offset(column), row.offset(column) + row.length(column))
                        + "'";
        };
    }

    private static String lsn(long lsn) {
        return lsn == UNKNOWN ? "?" : Lsn.toString(lsn);
    }

    private static String time(long micros) {
        return micros == UNKNOWN ? "?" : Long.toString(micros);
    }
}
