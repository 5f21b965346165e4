package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.Topic;
import org.bottledwater.postgres.SnapshotReader;
import org.bottledwater.postgres.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy by several {@link Companions}, as the one who leads makes it: he calls for it, waits until all have joined, copies his
 * own share, waits until the others have theirs in Kafka, and copies alone what is left then, as of a table that was rewritten
 * meanwhile. The changes are followed only after all that, so that no row of the copy can come after a change of it.
 */
final class SharedCopy {
    private static final Logger log = LoggerFactory.getLogger(SharedCopy.class);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration SNAPSHOT_LOOK = Duration.ofSeconds(10);
    private static final Duration RARELY = Duration.ofMinutes(1);

    private final Settings settings;
    private final Companions companions;
    private final Copying copies;
    private final Sink sink;

    SharedCopy(Settings settings, Companions companions, Copying copies, Sink sink) {
        this.settings = settings;
        this.companions = companions;
        this.copies = copies;
        this.sink = sink;
    }

    /** Whether there is anybody to share with, or a share of somebody's to be taken over. */
    static boolean isWanted(Companions companions, Checkpoint checkpoint) {
        return companions.count() > 1 || Call.of(checkpoint).isPresent();
    }

    /**
     * Copies what is missing of the tables; when it returns, all of it is safe in Kafka.
     *
     * @param progress how far this one's earlier copies came
     * @param name of an exported snapshot, which stays until this returns
     * @param lsn where that was taken
     * @param checkpoint says that the copy is under way
     */
    List<TableProgress> copy(
            List<Table> tables, Map<TableName, TableProgress> progress, String name, long lsn, Checkpoint checkpoint) {
        Map<String, Topic> topics = copies.prepare(tables);
        Copying.Snapshot snapshot = new Copying.Snapshot(name, lsn, copies.visible(name));
        Optional<Call> earlier = Call.of(checkpoint);
        // Who is in a call stays in it. With another number of shares nobody of before is left, and what they have done
        // counts.
        Optional<Call> same = earlier.filter(call -> call.shares() == companions.count());
        Map<TableName, TableProgress> found =
                earlier.isPresent() && same.isEmpty() ? withShares(earlier.get(), progress) : progress;
        if (companions.count() == 1) {
            return alone(tables, found, snapshot, topics, Call.none(checkpoint));
        }
        Call call = same.map(before -> before.under(name, lsn))
                .orElseGet(() -> Call.make(companions.count(), stripe(tables), name, lsn));
        List<TableCopy> own = tables.stream()
                .map(table ->
                        copies.begin(table, Optional.ofNullable(found.get(table.knownAs())), snapshot, call.share(0)))
                .toList();
        sink.commit(Stream.concat(own.stream().map(TableCopy::progress), Stream.of(call.in(checkpoint)))
                .toArray(CheckpointEntry[]::new));
        log.info("the tables are copied by {} tasks together", call.shares());
        await(call, name, "have not joined the copy yet", call::isJoinedBy);
        Call begun = call.asBegun();
        sink.commit(begun.in(checkpoint));
        Map<TableName, TableProgress> parts = byTable(copies.carry(snapshot, own, topics, () -> {}));
        await(begun, name, "have not copied their share yet", begun::isDoneBy);
        return copies.finish(rest(begun, snapshot, own, parts, topics), own);
    }

    /** What others have done of it is written down as this one's, and the call is over. */
    private List<TableProgress> alone(
            List<Table> tables,
            Map<TableName, TableProgress> found,
            Copying.Snapshot snapshot,
            Map<String, Topic> topics,
            Checkpoint checkpoint) {
        List<TableCopy> all = tables.stream()
                .map(table -> copies.begin(table, Optional.ofNullable(found.get(table.knownAs())), snapshot, Share.ALL))
                .toList();
        sink.commit(Stream.concat(all.stream().map(TableCopy::progress), Stream.of(checkpoint))
                .toArray(CheckpointEntry[]::new));
        return copies.finish(copies.carry(snapshot, all, topics, () -> {}), all);
    }

    private static long stripe(List<Table> tables) {
        return Share.stripe(tables.stream().mapToLong(Table::pages).max().orElse(0));
    }

    /** What nobody has read is read now; mostly that is nothing. */
    private List<TableProgress> rest(
            Call call,
            Copying.Snapshot snapshot,
            List<TableCopy> own,
            Map<TableName, TableProgress> parts,
            Map<String, Topic> topics) {
        Map<TableName, TableProgress> all = withShares(call, parts);
        List<TableProgress> complete = new ArrayList<>();
        List<TableCopy> left = new ArrayList<>();
        for (TableCopy copy : own) {
            TableProgress progress = all.get(copy.table().knownAs());
            if (progress == null) {
                continue;
            }
            if (progress.blocks().isAll() && progress.before().isEmpty()) {
                complete.add(progress.completed());
                copies.copied(progress.table(), copy.rows());
            } else {
                left.add(copies.goOn(copy.table(), progress, Share.ALL));
            }
        }
        sink.commit(complete.toArray(CheckpointEntry[]::new));
        if (!left.isEmpty()) {
            log.info(
                    "{} tables are copied to their end by one task: {}",
                    left.size(),
                    left.stream().limit(10).map(copy -> copy.table().name()).toList());
            complete.addAll(copies.carry(snapshot, left, topics, () -> {}));
        }
        return complete;
    }

    /** These, and what the others have of the same rows. */
    private Map<TableName, TableProgress> withShares(Call call, Map<TableName, TableProgress> own) {
        Map<TableName, TableProgress> all = new HashMap<>(own);
        for (int number = 1; number < call.shares(); number++) {
            CheckpointState share = companions.of(number);
            if (call.isJoinedBy(share)) {
                share.tables()
                        .forEach((table, theirs) -> all.computeIfPresent(
                                table,
                                (name, ours) -> isOfSameRows(ours, theirs)
                                        ? ours.having(ours.blocks().and(theirs.blocks()))
                                        : ours));
            }
        }
        return all;
    }

    static boolean isOfSameRows(TableProgress one, TableProgress other) {
        // Of a table that is copied anew, what somebody read for the copy before does not count.
        return one.oid() == other.oid()
                && one.fileNode() == other.fileNode()
                && one.visible().equals(other.visible())
                && !one.complete()
                && !other.complete();
    }

    private static Map<TableName, TableProgress> byTable(List<TableProgress> all) {
        return all.stream().collect(Collectors.toMap(TableProgress::table, Function.identity()));
    }

    /** Waits for the others; a snapshot that they can import no more ends that. */
    private void await(Call call, String snapshot, String missing, Predicate<CheckpointState> there) {
        long toldAt = System.nanoTime();
        long lookedAt = System.nanoTime();
        List<Integer> waiting = waiting(call, there);
        while (!waiting.isEmpty()) {
            copies.requireGoesOn();
            // Nothing is in flight; it tells a fault of the worker's.
            sink.flush(LOOK);
            long now = System.nanoTime();
            if (now - toldAt > RARELY.toNanos()) {
                toldAt = now;
                log.warn("waiting for tasks {}, which {}: are they running?", waiting, missing);
            }
            if (now - lookedAt > SNAPSHOT_LOOK.toNanos()) {
                lookedAt = now;
                SnapshotReader.open(settings.postgres(), snapshot).close();
            }
            pause(LOOK);
            waiting = waiting(call, there);
        }
    }

    private List<Integer> waiting(Call call, Predicate<CheckpointState> there) {
        List<Integer> waiting = new ArrayList<>();
        for (int number = 1; number < call.shares(); number++) {
            if (!there.test(companions.of(number))) {
                waiting.add(number);
            }
        }
        return waiting;
    }

    static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while waiting for other tasks", e);
        }
    }
}
