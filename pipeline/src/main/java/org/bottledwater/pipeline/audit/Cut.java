package org.bottledwater.pipeline.audit;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.TopicEnds;
import org.bottledwater.kafka.TopicScan;
import org.bottledwater.pipeline.TransactionHeaders;
import org.bottledwater.pipeline.VisibleTransactions;
import org.bottledwater.postgres.SnapshotExport;

/**
 * A state of the database, and how to find it in the topics. What was in a topic before the snapshot was taken belongs to it, but
 * for transactions that were in progress (a commit is in the log a moment before others see it). What came afterwards
 * belongs to it if the snapshot sees its transaction. All that belongs to it is in the topics before {@code ends}: the
 * pipeline's checkpoint had passed the snapshot's position when they were read. Positions in the log are not needed, so
 * that it does not matter whether messages tell theirs.
 *
 * @param before where the topics ended before the snapshot was taken
 */
record Cut(
        SnapshotExport snapshot,
        VisibleTransactions visible,
        List<Unit> units,
        CheckpointState checkpoint,
        Map<String, TopicEnds> before,
        Map<String, TopicEnds> ends)
        implements AutoCloseable {

    /** Whether a message is a part of the state. */
    enum Part {
        OF_IT,
        /** Its transaction is not seen by the snapshot. */
        LATER,
        /** It does not tell its transaction (a copy's, a detached partition's) and came after the snapshot was taken. */
        PERHAPS
    }

    TopicEnds end(Unit unit) {
        return ends.getOrDefault(unit.topic(), TopicEnds.EMPTY);
    }

    /** Whether the message was in the topic before the snapshot was taken. */
    boolean wasBefore(Unit unit, TopicScan.Place place) {
        return before.getOrDefault(unit.topic(), TopicEnds.EMPTY).contains(place.partition(), place.offset());
    }

    Part part(boolean wasBefore, Headers headers) {
        return part(visible, wasBefore, headers);
    }

    static Part part(VisibleTransactions visible, boolean wasBefore, Headers headers) {
        Header xid = headers.lastHeader(TransactionHeaders.XID);
        if (xid == null) {
            return wasBefore ? Part.OF_IT : Part.PERHAPS;
        }
        int number = number(xid.value());
        // The epoch of an old number cannot be told, and need not.
        boolean seen = wasBefore ? !visible.isInProgress(number) : visible.includes(number);
        return seen ? Part.OF_IT : Part.LATER;
    }

    /** Digits only, as they are on every message. */
    private static int number(byte[] digits) {
        int number = 0;
        for (byte digit : digits) {
            number = number * 10 + (digit - '0');
        }
        return number;
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
