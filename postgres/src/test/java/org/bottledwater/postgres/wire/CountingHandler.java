package org.bottledwater.postgres.wire;

import java.util.List;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.RowHandler;
import org.bottledwater.change.Tuple;

/** As little as a handler can do. */
public final class CountingHandler implements ChangeHandler, RowHandler {
    public int rows;
    public int commits;

    @Override
    public void begin(int xid, long commitLsn, long commitTime) {}

    @Override
    public void insert(Relation relation, Tuple row) {
        rows++;
    }

    @Override
    public void update(Relation relation, OldRow oldRow, Tuple old, Tuple row) {
        rows++;
    }

    @Override
    public void delete(Relation relation, OldRow oldRow, Tuple old) {
        rows++;
    }

    @Override
    public void truncate(List<Relation> relations, boolean cascade, boolean restartIdentity) {}

    @Override
    public void message(boolean transactional, long lsn, String prefix, byte[] content) {}

    @Override
    public void commit(long commitLsn, long endLsn, long commitTime) {
        commits++;
    }

    @Override
    public void row(Relation relation, Tuple row) {
        rows++;
    }
}
