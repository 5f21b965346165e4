package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.HeaderIn;
import org.jspecify.annotations.Nullable;

/**
 * The headers of the messages of one transaction: {@code pg.op}, {@code pg.lsn}, {@code pg.xid} and {@code pg.time}. They
 * are made once per transaction and shared by its messages. What the plugin does not tell at the beginning of a
 * transaction (test_decoding: position and time of the commit) is left out.
 */
public final class TransactionHeaders {
    public static final String OPERATION = "pg.op";
    public static final String LSN = "pg.lsn";
    public static final String XID = "pg.xid";
    static final String TIME = "pg.time";
    /** Names the columns whose values were read from the table after a later change of the row, which follows. */
    public static final String READ_LATER = "pg.read-later";
    /** Names the columns that are null because their values could not be had: the row is gone, or has no key. */
    public static final String UNKNOWN = "pg.unknown";

    /** Names the partition of a row in the topic of its partitioned table. */
    static final String PARTITION = "pg.partition";

    private static final Header INSERT = text(OPERATION, "insert");
    private static final Header UPDATE = text(OPERATION, "update");
    private static final Header DELETE = text(OPERATION, "delete");
    private static final Header TRUNCATE = text(OPERATION, "truncate");
    private static final Header MESSAGE = text(OPERATION, "message");
    private static final Header DETACH = text(OPERATION, "detach");
    private static final Header SNAPSHOT = text(OPERATION, "snapshot");

    private final TimeText times = new TimeText();
    private Header[] shared = {};

    /** Most transactions need one of them. */
    private @Nullable List<Header> insert;

    private @Nullable List<Header> update;
    private @Nullable List<Header> delete;

    /** The headers of the rows of a copy whose snapshot was taken at {@code lsn}. */
    static List<Header> snapshot(long lsn) {
        return List.of(SNAPSHOT, text(LSN, Lsn.toString(lsn)));
    }

    /** Those of the null values for the rows of a table, or of a partition, that has left the topic. */
    static List<Header> detach() {
        return List.of(DETACH);
    }

    static List<Header> ofPartition(List<Header> headers, TableName partition) {
        List<Header> all = new ArrayList<>(headers);
        all.add(text(PARTITION, partition.toString()));
        return List.copyOf(all);
    }

    /** Chooses messages of these partitions. */
    static Predicate<Headers> ofPartitions(Set<TableName> partitions) {
        return new HeaderIn(
                PARTITION, partitions.stream().map(TableName::toString).collect(Collectors.toSet()));
    }

    /** Chooses messages that this program has sent, and that are of no partition. */
    static Predicate<Headers> ofTables() {
        return ours().and(headers -> headers.lastHeader(PARTITION) == null);
    }

    /** Chooses messages that this program has sent: every one of its messages tells its operation. */
    static Predicate<Headers> ours() {
        return headers -> headers.lastHeader(OPERATION) != null;
    }

    /** Arguments as of {@link ChangeHandler#begin}. */
    void begin(int xid, long commitLsn, long commitTime) {
        Header transaction = text(XID, Integer.toUnsignedString(xid));
        shared = commitLsn == ChangeHandler.UNKNOWN
                ? new Header[] {transaction}
                : new Header[] {
                    text(LSN, Lsn.toString(commitLsn)), transaction, new RecordHeader(TIME, times.of(commitTime))
                };
        insert = null;
        update = null;
        delete = null;
    }

    List<Header> insert() {
        List<Header> all = insert;
        if (all == null) {
            all = with(INSERT);
            insert = all;
        }
        return all;
    }

    List<Header> update() {
        List<Header> all = update;
        if (all == null) {
            all = with(UPDATE);
            update = all;
        }
        return all;
    }

    List<Header> delete() {
        List<Header> all = delete;
        if (all == null) {
            all = with(DELETE);
            delete = all;
        }
        return all;
    }

    List<Header> message() {
        return with(MESSAGE);
    }

    /** Those of a message that stands in the log outside of transactions. */
    static List<Header> messageAt(long lsn) {
        return List.of(MESSAGE, text(LSN, Lsn.toString(lsn)));
    }

    List<Header> truncate() {
        return with(TRUNCATE);
    }

    /** Those of an update with columns whose values the log did not carry. */
    List<Header> update(Completed completed) {
        if (completed.isExact()) {
            return update();
        }
        List<Header> headers = new ArrayList<>(update());
        if (!completed.readLater().isEmpty()) {
            headers.add(text(READ_LATER, String.join(",", completed.readLater())));
        }
        if (!completed.unknown().isEmpty()) {
            headers.add(text(UNKNOWN, String.join(",", completed.unknown())));
        }
        return headers;
    }

    private List<Header> with(Header operation) {
        Header[] all = new Header[shared.length + 1];
        all[0] = operation;
        System.arraycopy(shared, 0, all, 1, shared.length);
        return List.of(all);
    }

    private static Header text(String name, String value) {
        return new RecordHeader(name, value.getBytes(UTF_8));
    }
}
