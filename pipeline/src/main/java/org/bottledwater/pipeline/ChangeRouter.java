package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Header;
import org.bottledwater.avro.Operation;
import org.bottledwater.avro.Origin;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.Topic;
import org.bottledwater.kafka.UndeliverableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns changes into messages: an insert or update is the new row at its key, a delete is a null value, a changed key is
 * a null at the old key and then the row, a TRUNCATE is a null value for every key of the topic. Rows of unkeyed tables go out without key, their deletes not at all.
 * Where values are envelopes, one that tells of the row comes in front of each null of a delete or an old key; it is also what the delete of an unkeyed
 * row becomes, if the log has the row.
 */
final class ChangeRouter implements ChangeHandler {
    private static final Logger log = LoggerFactory.getLogger(ChangeRouter.class);

    private final Routes routes;
    private final Sink sink;
    private final ErrorPolicy policy;
    private final OnTruncate onTruncate;
    private final Optional<Topic> messagesTopic;
    private final Optional<TransactionsTopic> transactionsTopic;
    private final Optional<Undeliverable> stopBefore;
    private final TransactionHeaders headers = new TransactionHeaders();
    private final Transaction transaction = new Transaction();
    private final GivenKeys given = new GivenKeys();
    private final KeyLookups lookups;

    private boolean inTransaction;
    private int xid;
    private long committedAt;

    /** @param stopBefore a change that was met before: everything in front of its transaction is still to be delivered */
    ChangeRouter(
            Routes routes,
            Sink sink,
            ErrorPolicy policy,
            OnTruncate onTruncate,
            Optional<Topic> messagesTopic,
            Optional<TransactionsTopic> transactionsTopic,
            Optional<Undeliverable> stopBefore,
            KeyLookups lookups) {
        this.routes = routes;
        this.sink = sink;
        this.policy = policy;
        this.onTruncate = onTruncate;
        this.messagesTopic = messagesTopic;
        this.transactionsTopic = transactionsTopic;
        this.stopBefore = stopBefore;
        this.lookups = lookups;
    }

    /** Whether a transaction has begun whose commit has not been seen. */
    boolean inTransaction() {
        return inTransaction;
    }

    /** The 32-bit number of the transaction that is open, or was last. */
    int xid() {
        return xid;
    }

    /** When the transaction that ended last was committed, in milliseconds since 1970; 0 if there was none. */
    long committedAt() {
        return committedAt;
    }

    @Override
    public void begin(int xid, long commitLsn, long commitTime) {
        if (stopBefore.isPresent() && stopBefore.get().xid() == xid) {
            sink.commit();
            throw stopBefore.get();
        }
        this.xid = xid;
        // What an attempt that ended left here comes again.
        given.clear();
        lookups.clear();
        routes.begin(xid);
        inTransaction = true;
        headers.begin(xid, commitLsn, commitTime);
        transaction.begin(xid, commitLsn, commitTime);
    }

    @Override
    public void insert(Relation relation, Tuple row) {
        Outlet outlet = outlet(relation, row);
        if (outlet == null) {
            return;
        }
        try {
            outlet.send(sink, Operation.CREATE, null, row, transaction, headers.insert());
            if (relation.isKeyDeferrable() && outlet.isKeyed()) {
                given.given(outlet, outlet.key(row), row);
            }
        } catch (UndeliverableException | UnsupportedValueException e) {
            policy.undeliverable(xid, relation, row, e);
        }
    }

    /** Whether anything is sent for the table's rows. */
    boolean sends(Relation relation) {
        return !routes.isCopied(relation) && !(routes.of(relation) instanceof Route.Ignored);
    }

    /** Columns that are not sent need not be looked for. */
    void passOverHidden(Relation relation, Tuple row) {
        if (routes.of(relation) instanceof Outlet outlet) {
            outlet.passOverHidden(row);
        }
    }

    /** For an update that can never be delivered. */
    void refuse(Relation relation, Tuple row, UnsupportedValueException reason) {
        policy.undeliverable(xid, relation, row, reason);
    }

    @Override
    public void update(Relation relation, OldRow oldRow, Tuple old, Tuple row) {
        update(relation, oldRow, old, row, Completed.EXACT);
    }

    /** @param completed how far the row can be trusted */
    void update(Relation relation, OldRow oldRow, Tuple old, Tuple row, Completed completed) {
        Outlet outlet = outlet(relation, row);
        if (outlet == null) {
            return;
        }
        if (oldRow != OldRow.ABSENT && outlet.hasComposites()) {
            requireBinary(relation, outlet, old);
        }
        try {
            boolean hasMoved = oldRow != OldRow.ABSENT && clearOldKey(relation, outlet, oldRow, old, row);
            boolean watched = relation.isKeyDeferrable() && outlet.isKeyed();
            if (watched && !hasMoved) {
                given.changed(outlet, outlet.key(row), row);
            }
            // A key that comes though it is as it was (one in TOAST) says nothing of what changed.
            Tuple before = hasMoved || oldRow != OldRow.FULL ? null : old;
            Operation operation = hasMoved ? Operation.CREATE : Operation.UPDATE;
            outlet.send(sink, operation, before, row, transaction, headers.update(completed));
            if (watched && hasMoved) {
                given.given(outlet, outlet.key(row), row);
            }
        } catch (UndeliverableException | UnsupportedValueException e) {
            policy.undeliverable(xid, relation, row, e);
        }
    }

    /** Where the row goes, or null when nothing is to be sent for it; what the policy has to say has been said then. */
    private @Nullable Outlet outlet(Relation relation, Tuple row) {
        if (routes.isCopied(relation)) {
            return null;
        }
        Route route = routes.of(relation);
        if (row.hasRead() && route instanceof Outlet known && known.hasComposites() && !known.fits(row)) {
            // What was read from the table just now may be newer than the types were when they were looked up.
            route = routes.again(relation);
        }
        if (route instanceof Outlet outlet) {
            if (outlet.hasComposites()) {
                outlet.begin(xid);
                requireBinary(relation, outlet, row);
            }
            return outlet;
        }
        if (route instanceof Route.Refused refused) {
            policy.undeliverable(xid, relation, row, refused.reason());
        }
        return null;
    }

    private static void requireBinary(Relation relation, Outlet outlet, Tuple row) {
        if (outlet.needsText(row)) {
            throw new StreamRestart(
                    StreamRestart.Reason.TEXT_NEEDED,
                    "a composite value has attributes of types that are gone, and is to be sent as text: table="
                            + relation.name());
        }
    }

    /**
     * The old tuple comes also when the key is as it was (REPLICA IDENTITY FULL, a key in TOAST): compare.
     *
     * @return whether it was another one
     */
    private boolean clearOldKey(Relation relation, Outlet outlet, OldRow oldRow, Tuple old, Tuple row) {
        if (!outlet.isKeyed()) {
            return false;
        }
        byte[] oldKey = outlet.key(old);
        if (Arrays.equals(oldKey, outlet.key(row))) {
            return false;
        }
        clear(relation, outlet, oldKey, oldRow, old, headers.update());
        return true;
    }

    /** A row has left its key. Where that was given to another row of the transaction, nothing is sent: it would take that one away. */
    private void clear(Relation relation, Outlet outlet, byte[] key, OldRow oldRow, Tuple old, List<Header> told) {
        GivenKeys.Leaving leaving = relation.isKeyDeferrable()
                ? given.left(outlet, key, oldRow == OldRow.FULL ? old : null)
                : GivenKeys.Leaving.NOTHING;
        if (leaving != GivenKeys.Leaving.ANOTHER) {
            clear(relation, outlet, key, old, told);
        }
        if (leaving == GivenKeys.Leaving.UNKNOWN) {
            lookups.add(outlet, relation, old);
            if (lookups.isFull()) {
                lookups.flush(xid, this::stayed);
            }
        }
    }

    /** The row is at a key that another one has left. */
    private void stayed(Outlet outlet, Relation relation, Tuple row, Completed completed) {
        try {
            outlet.send(sink, Operation.UPDATE, null, row, transaction, headers.update(completed));
        } catch (UndeliverableException | UnsupportedValueException e) {
            policy.undeliverable(xid, relation, row, e);
        }
    }

    /** An envelope that is too large is one message that cannot be delivered; the null value is another. */
    private void clear(Relation relation, Outlet outlet, byte[] key, Tuple old, List<Header> told) {
        if (outlet.hasEnvelopes()) {
            tellDeleted(relation, outlet, old, told);
        }
        outlet.sendTombstone(sink, key, transaction, told);
    }

    private void tellDeleted(Relation relation, Outlet outlet, Tuple old, List<Header> told) {
        try {
            outlet.sendDeleted(sink, old, transaction, told);
        } catch (UndeliverableException | UnsupportedValueException e) {
            policy.undeliverable(xid, relation, old, e);
        }
    }

    @Override
    public void delete(Relation relation, OldRow oldRow, Tuple old) {
        Outlet outlet = outlet(relation, old);
        if (outlet == null) {
            return;
        }
        if (oldRow == OldRow.ABSENT) {
            routes.requireNoKey(outlet.relation());
            return;
        }
        if (!outlet.isKeyed()) {
            if (outlet.hasEnvelopes()) {
                tellDeleted(relation, outlet, old, headers.delete());
            }
            return;
        }
        try {
            clear(relation, outlet, outlet.key(old), oldRow, old, headers.delete());
        } catch (UndeliverableException | UnsupportedValueException e) {
            policy.undeliverable(xid, relation, old, e);
        }
    }

    @Override
    public void truncate(List<Relation> relations, boolean cascade, boolean restartIdentity) {
        Map<String, List<Outlet>> byTopic = new LinkedHashMap<>();
        for (Relation relation : relations) {
            if (routes.isCopied(relation)) {
                continue;
            }
            Route route = routes.of(relation);
            if (route instanceof Outlet outlet) {
                byTopic.computeIfAbsent(outlet.topic().name(), first -> new ArrayList<>())
                        .add(outlet);
            } else if (route instanceof Route.Refused refused) {
                policy.undeliverable(xid, relation, refused.reason());
            }
        }
        byTopic.values().forEach(this::truncate);
    }

    /** One table, or partitions of one, which share a topic. */
    private void truncate(List<Outlet> outlets) {
        Outlet outlet = outlets.get(0);
        Topic topic = outlet.topic();
        if (onTruncate == OnTruncate.IGNORE) {
            log.warn(
                    "table {} was truncated: its rows stay in topic {} (--on-truncate=ignore)",
                    outlet.relation(),
                    topic.name());
            return;
        }
        Set<TableName> partitions = outlets.stream()
                .flatMap(each -> each.partition().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        try {
            if (!outlet.isKeyed()) {
                outlets.forEach(each -> transaction.sent(
                        topic, sink.mark(topic, transaction.timestamp(), each.complete(headers.truncate()))));
            } else if (partitions.isEmpty()) {
                log.info("table {} was truncated: clearing topic {}", outlet.relation(), topic.name());
                transaction.sent(topic, sink.clear(topic, transaction.timestamp(), headers.truncate()));
            } else {
                log.info("partitions {} were truncated: clearing topic {} of their rows", partitions, topic.name());
                transaction.sent(
                        topic,
                        sink.clear(
                                topic,
                                TransactionHeaders.ofPartitions(partitions),
                                transaction.timestamp(),
                                headers.truncate()));
            }
        } catch (UndeliverableException e) {
            policy.undeliverable(xid, outlet.relation(), e);
        }
    }

    /** The key is the prefix. One outside of a transaction is done as soon as it is sent: nothing else stands there. */
    @Override
    public void message(boolean transactional, long lsn, String prefix, byte[] content) {
        if (messagesTopic.isEmpty()) {
            return;
        }
        try {
            sink.send(
                    messagesTopic.get(),
                    prefix.getBytes(UTF_8),
                    content,
                    transactional ? transaction.timestamp() : System.currentTimeMillis(),
                    transactional ? headers.message() : TransactionHeaders.messageAt(lsn));
            if (transactional) {
                transaction.sent(messagesTopic.get(), 1);
            }
        } catch (UndeliverableException e) {
            policy.undeliverable(xid, "message prefix=" + prefix, e);
        }
        if (!transactional) {
            sink.boundary(lsn + 1);
        }
    }

    @Override
    public void commit(long commitLsn, long endLsn, long commitTime) {
        committedAt = commitTime == UNKNOWN ? transaction.timestamp() : Math.floorDiv(commitTime, 1000);
        lookups.flush(xid, this::stayed);
        given.clear();
        transactionsTopic.ifPresent(to -> tell(to, commitLsn, commitTime));
        inTransaction = false;
        routes.reached(endLsn);
        sink.boundary(endLsn);
        List<CheckpointEntry> admitted = routes.admitted();
        if (!admitted.isEmpty()) {
            sink.commit(admitted.toArray(CheckpointEntry[]::new));
        }
        sink.advance(false);
    }

    /** Of a transaction with messages, behind them. The end tells what test_decoding does not tell at the beginning. */
    private void tell(TransactionsTopic to, long commitLsn, long commitTime) {
        transaction.counts().ifPresent(counts -> {
            long time = commitTime == UNKNOWN ? transaction.timestamp() * 1000 : commitTime;
            Origin whole = new Origin(commitLsn, transaction.origin().xid(), time);
            try {
                to.send(sink, whole, counts, Math.floorDiv(time, 1000));
            } catch (UndeliverableException e) {
                policy.undeliverable(xid, "the record of transaction xid=" + whole.xid(), e);
            }
        });
    }
}
