package org.bottledwater.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bottledwater.change.Lsn;

/** Where the sink stands in the source's log. The sink's thread's own, but for {@link #safe}. */
public final class Position {
    private Optional<Checkpoint> checkpoint = Optional.empty();
    private long boundary = Lsn.INVALID;
    private boolean torn;
    private volatile long safe = Lsn.INVALID;

    public void resume(Checkpoint from) {
        checkpoint = Optional.of(from);
        boundary = from.lsn();
        safe = from.lsn();
        torn = false;
    }

    public void sent() {
        torn = true;
    }

    public void boundary(long lsn) {
        if (checkpoint.isEmpty()) {
            throw new IllegalStateException("no checkpoint to go on from: lsn=" + Lsn.toString(lsn));
        }
        boundary = Lsn.max(boundary, lsn);
        torn = false;
    }

    public long boundary() {
        return boundary;
    }

    /** Whether messages were sent after the last boundary. */
    public boolean isTorn() {
        return torn;
    }

    public boolean hasMoved() {
        return Lsn.isBefore(safe, boundary);
    }

    public long safe() {
        return safe;
    }

    public void safe(long lsn) {
        safe = lsn;
    }

    public Checkpoint checkpointAt(long lsn) {
        return checkpoint.orElseThrow().at(lsn);
    }

    /** The entries, and the position if it has moved and none of them says it. */
    public List<CheckpointEntry> withPosition(CheckpointEntry... entries) {
        List<CheckpointEntry> all = new ArrayList<>(List.of(entries));
        if (hasMoved() && all.stream().noneMatch(this::isPosition)) {
            all.add(checkpointAt(boundary));
        }
        return all;
    }

    private boolean isPosition(CheckpointEntry entry) {
        return entry instanceof Checkpoint
                || checkpoint.filter(c -> c.key().equals(entry.key())).isPresent();
    }

    /** Everything up to the boundary and these entries are safe. */
    public void committed(List<CheckpointEntry> entries) {
        safe = boundary;
        torn = false;
        for (CheckpointEntry entry : entries) {
            if (entry instanceof Checkpoint c) {
                resume(c);
            } else if (isPosition(entry)) {
                checkpoint = Optional.empty();
            }
        }
    }

    public void giveUp() {
        boundary = safe;
        torn = false;
    }
}
