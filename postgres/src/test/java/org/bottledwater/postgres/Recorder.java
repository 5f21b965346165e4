package org.bottledwater.postgres;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;

/** Writes down what a stream or a copy calls: text values as they are, binary ones as x and hexadecimal digits. */
final class Recorder implements ChangeHandler {
    final List<String> lines = new ArrayList<>();
    final List<Relation> relations = new ArrayList<>();
    long endLsn;
    int commits;

    @Override
    public void begin(int xid, long commitLsn, long commitTime) {
        lines.add("begin");
    }

    @Override
    public void insert(Relation relation, Tuple row) {
        relations.add(relation);
        lines.add("insert " + relation + " " + render(row));
    }

    @Override
    public void update(Relation relation, OldRow oldRow, Tuple old, Tuple row) {
        relations.add(relation);
        lines.add("update " + relation + " " + old(oldRow, old) + render(row));
    }

    @Override
    public void delete(Relation relation, OldRow oldRow, Tuple old) {
        relations.add(relation);
        lines.add("delete " + relation + " " + old(oldRow, old).strip());
    }

    @Override
    public void truncate(List<Relation> truncated, boolean cascade, boolean restartIdentity) {
        lines.add("truncate " + truncated);
    }

    @Override
    public void message(boolean transactional, long lsn, String prefix, byte[] content) {
        lines.add("message " + prefix + " " + new String(content, StandardCharsets.UTF_8));
    }

    @Override
    public void commit(long commitLsn, long end, long commitTime) {
        endLsn = end;
        if (lines.get(lines.size() - 1).equals("begin")) {
            // Before PostgreSQL 15 pgoutput sends transactions that hold nothing for us.
            lines.remove(lines.size() - 1);
            return;
        }
        lines.add("commit");
        commits++;
    }

    private static String old(OldRow oldRow, Tuple old) {
        return oldRow == OldRow.ABSENT ? "" : oldRow + render(old) + " ";
    }

    static String render(Tuple row) {
        StringBuilder text = new StringBuilder("(");
        for (int i = 0; i < row.size(); i++) {
            text.append(i == 0 ? "" : "|");
            switch (row.state(i)) {
                case NULL -> text.append("null");
                case UNCHANGED -> text.append("unchanged");
                case TEXT ->
                    text.append(new String(row.buffer(), row.offset(i), row.length(i), StandardCharsets.UTF_8));
                case BINARY ->
                    text.append('x')
                            .append(HexFormat.of()
                                    .formatHex(row.buffer(), row.offset(i), row.offset(i) + row.length(i)));
            }
        }
        return text.append(')').toString();
    }
}
