package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CapturedAs;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.Topic;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.kafka.UndeliverableException;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds what the checkpoint says of topics against the tables of now, and decides what becomes of each topic: it goes on, or
 * its table is copied again and the keys that do not come again get null values, or the rows of a table that has left it get
 * null values at once. It is done before anything is copied, and written down with {@link #entries}.
 */
final class TopicReview {
    private static final Logger log = LoggerFactory.getLogger(TopicReview.class);

    private final Settings settings;
    private final TopicLookup topics;
    private final Sink sink;
    private final CheckpointState state;
    private final List<Table> tables;
    private final Set<Integer> setAside;
    private final List<CheckpointEntry> entries = new ArrayList<>();
    private final Map<TableName, TableProgress> kept = new HashMap<>();
    private final Map<TableName, TableProgress> left = new HashMap<>();
    private final Map<TableName, Integer> formerNames = new HashMap<>();

    /**
     * @param tables those that are captured
     * @param setAside the OIDs of those that would be, but cannot at the moment
     */
    TopicReview(
            Settings settings,
            TopicLookup topics,
            Sink sink,
            CheckpointState state,
            List<Table> tables,
            Set<Integer> setAside) {
        this.settings = settings;
        this.topics = topics;
        this.sink = sink;
        this.state = state;
        this.tables = tables;
        this.setAside = setAside;
    }

    /**
     * Decides. Null values are sent, but not committed.
     *
     * @param now how the tables are captured now, by OID
     * @param again which tables are to be copied again in any case
     * @param isPartitionStill whether a partition is one of the same partitioned table now
     * @param walEnd where the WAL ends now
     */
    void decide(
            Map<Integer, CapturedAs> now,
            Predicate<Table> again,
            Predicate<TableProgress> isPartitionStill,
            long walEnd) {
        List<TableProgress> marks = new ArrayList<>();
        for (Table table : tables) {
            CapturedAs capturedAs = now.getOrDefault(table.oid(), CapturedAs.UNKNOWN);
            TableProgress before = state.tables().get(table.knownAs());
            if (before != null && isSame(before, table) && !again.test(table) && agrees(before, capturedAs)) {
                // What an older release did not know is known from now on.
                TableProgress known = before.as(before.capturedAs().or(capturedAs), table.rootOid());
                kept.put(table.knownAs(), known);
                if (!known.equals(before)) {
                    entries.add(known);
                }
            } else if (table.root().isEmpty() || isRemembered(table.knownAs())) {
                marks.add(fresh(table).as(capturedAs, table.rootOid()));
            }
        }
        Map<TableName, TableProgress> marked = Anew.marks(settings, topics, marks);
        // A new table with a new topic has nothing to clear.
        marked.values().removeIf(mark -> mark.before().orElseThrow().messagesMax() == 0 && !isRemembered(mark.table()));
        entries.addAll(marked.values());
        kept.putAll(marked);
        Map<TableName, Table> byName = new HashMap<>();
        tables.forEach(table -> byName.put(table.knownAs(), table));
        List<TableProgress> gone = state.tables().values().stream()
                .filter(progress -> !goesOn(progress, byName.get(progress.table())))
                .toList();
        leave(gone, byName, isPartitionStill, walEnd);
        state.left().values().stream()
                .filter(progress -> !byName.containsKey(progress.table()))
                .forEach(progress -> left.putIfAbsent(progress.table(), progress));
    }

    private boolean isRemembered(TableName name) {
        return state.tables().containsKey(name) || state.left().containsKey(name);
    }

    private static boolean isSame(TableProgress before, Table table) {
        return before.oid() == table.oid() && before.root().equals(table.root());
    }

    private static boolean agrees(TableProgress before, CapturedAs now) {
        if (before.capturedAs().agreesWith(now)) {
            return true;
        }
        log.info(
                "table {} is copied again: it is captured otherwise than before: before={} now={}",
                before.table(),
                before.capturedAs(),
                now);
        return false;
    }

    private TableProgress fresh(Table table) {
        return TableProgress.notCopied(settings.slot(), table.knownAs(), table.root(), table.oid(), table.fileNode());
    }

    /** Whether rows still come under the name, into the same topic; perhaps those of another table. */
    private static boolean goesOn(TableProgress progress, @Nullable Table table) {
        return table != null && progress.root().equals(table.root());
    }

    private void leave(
            List<TableProgress> gone,
            Map<TableName, Table> byName,
            Predicate<TableProgress> isPartitionStill,
            long walEnd) {
        Set<Integer> captured = tables.stream().map(Table::oid).collect(Collectors.toSet());
        List<TableProgress> waiting = new ArrayList<>();
        Map<String, Set<TableName>> partitions = new HashMap<>();
        Set<String> whole = new HashSet<>();
        for (TableProgress progress : gone) {
            if (setAside.contains(progress.oid())) {
                if (!progress.isUntouched()) {
                    waiting.add(progress);
                }
                continue;
            }
            boolean movedAway = captured.contains(progress.oid());
            if (progress.root().isPresent() && (movedAway || !isPartitionStill.test(progress))) {
                partitions
                        .computeIfAbsent(topic(progress), first -> new HashSet<>())
                        .add(progress.table());
            } else if (progress.root().isEmpty() && movedAway) {
                whole.add(topic(progress));
                formerNames.put(progress.table(), progress.oid());
            }
            if (!byName.containsKey(progress.table())) {
                entries.add(movedAway ? progress.gone() : progress.left(walEnd));
            }
            if (!movedAway) {
                left.put(progress.table(), progress);
            }
        }
        // A table that has lost its key for a while is copied again when it is back.
        entries.addAll(Anew.marks(settings, topics, waiting).values());
        partitions.forEach((topic, names) -> clear(
                topic,
                TransactionHeaders.ofPartitions(names),
                "of partitions " + Names.some(List.copyOf(names)) + ", which have left it"));
        Set<String> owned = tables.stream()
                .filter(table -> table.root().isEmpty())
                .map(table -> TopicNames.topic(settings, table.published()))
                .collect(Collectors.toSet());
        whole.stream()
                .filter(topic -> !owned.contains(topic))
                .forEach(topic -> clear(topic, TransactionHeaders.ofTables(), "of a table that has another topic now"));
    }

    private String topic(TableProgress progress) {
        return TopicNames.topic(settings, progress.root().orElse(progress.table()));
    }

    private void clear(String name, Predicate<Headers> chosen, String what) {
        Topic topic = topics.find(name);
        log.info("clearing topic {} of the rows {}", name, what);
        try {
            sink.clear(topic, chosen, -1, TransactionHeaders.detach());
        } catch (UndeliverableException e) {
            log.warn("{}", e.getMessage());
        }
    }

    /** What is to be written down before anything is copied. */
    List<CheckpointEntry> entries() {
        return List.copyOf(entries);
    }

    /** How far the copies of the captured tables are, by the names under which their messages go; of new ones nothing is known. */
    Map<TableName, TableProgress> progress() {
        return Map.copyOf(kept);
    }

    /** Tells of the tables that were captured before; the stream begins at {@code lsn}. */
    void addFormer(KnownTables known, long lsn) {
        addLeft(left.values(), known, lsn);
        formerNames.forEach(known::addFormerName);
    }

    /** Of a table that the stream has left behind only the name is of interest: its OID may be that of another one by now. */
    static void addLeft(Collection<TableProgress> left, KnownTables known, long lsn) {
        for (TableProgress progress : left) {
            known.addFilled(progress.table());
            if (progress.leftAt() == Lsn.INVALID || Lsn.isBefore(lsn, progress.leftAt())) {
                known.addLeft(progress);
            }
        }
    }

    /**
     * The entries of partitions of which the stream, at {@code lsn}, brings no change any more. Those of tables stay, as their
     * topics do: whatever table has the name next has to clear it.
     */
    static List<CheckpointEntry> passed(CheckpointState state, long lsn) {
        return state.left().values().stream()
                .filter(progress -> progress.root().isPresent())
                .filter(progress -> !Lsn.isBefore(lsn, progress.leftAt()))
                .map(CheckpointEntry::gone)
                .toList();
    }
}
