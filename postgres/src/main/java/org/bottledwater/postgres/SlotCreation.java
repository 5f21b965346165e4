package org.bottledwater.postgres;

import java.sql.Connection;

/** A slot just made. Its exported snapshot can be imported until this is closed; the slot stays. */
public final class SlotCreation implements AutoCloseable {
    private final Connection walsender;
    private final String name;
    private final long consistentPoint;
    private final String snapshotName;

    SlotCreation(Connection walsender, String name, long consistentPoint, String snapshotName) {
        this.walsender = walsender;
        this.name = name;
        this.consistentPoint = consistentPoint;
        this.snapshotName = snapshotName;
    }

    public String name() {
        return name;
    }

    /** The snapshot holds what committed before this position, the stream what commits from it on. */
    public long consistentPoint() {
        return consistentPoint;
    }

    /** For {@code SET TRANSACTION SNAPSHOT}. */
    public String snapshotName() {
        return snapshotName;
    }

    @Override
    public void close() {
        Sessions.closeQuietly(walsender);
    }
}
