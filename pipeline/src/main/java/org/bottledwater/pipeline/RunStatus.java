package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.Table;

/**
 * How a run stands, for those who watch it: written by the run as it goes, read by any thread at any time. Positions are
 * log positions (LSN) as unsigned numbers.
 */
public final class RunStatus {
    /** A stream that was at the end of the log so recently is not behind. */
    private static final Duration CAUGHT_UP = Duration.ofSeconds(2);

    /** A stream that stands still for longer waits for something. */
    private static final Duration STILL = Duration.ofSeconds(10);

    /** What a stream waits for that stands still, if nothing else is known. */
    static final String USUAL = "Kafka takes no messages, or a topic or rows are read back";

    private final ConcurrentMap<TableName, TableStatus> tables = new ConcurrentHashMap<>();
    /** Of a copy: under which name the rows of a table are counted. */
    private final ConcurrentMap<TableName, TableName> parts = new ConcurrentHashMap<>();

    private final LongAdder outages = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder stretches = new LongAdder();
    private final long startedAt = System.currentTimeMillis();
    private volatile State state = new State(Phase.STARTING, "", System.currentTimeMillis());
    private volatile SlotState slot = new SlotState(0, 0, 0);
    private volatile long safeLsn;
    private volatile long deliveredAt;
    private volatile long caughtUpAt = startedAt;
    private volatile String waitsFor = USUAL;
    private volatile long movedNanos = System.nanoTime();
    private volatile LongSupplier bytesInFlight = () -> 0;

    /** What a run is doing. */
    public enum Phase {
        STARTING,
        COPYING,
        STREAMING,
        /** For a server that is away. */
        WAITING,
        STOPPED
    }

    /** What it is doing, why if it waits, and since when in milliseconds since 1970. */
    public record State(Phase phase, String reason, long since) {}

    /**
     * What the server said last of its log and of the slot.
     *
     * @param walLsn where the log ends
     * @param retainedBytes how much of the log the server keeps for the slot, 0 also if there is none
     * @param seenAt when, in milliseconds since 1970; 0 if it has not been asked yet
     */
    public record SlotState(long walLsn, long retainedBytes, long seenAt) {}

    void enter(Phase phase, String reason) {
        State now = state;
        movedNanos = System.nanoTime();
        if (now.phase() != phase) {
            if (phase == Phase.WAITING) {
                outages.increment();
            }
            state = new State(phase, reason, System.currentTimeMillis());
        } else if (!now.reason().equals(reason)) {
            state = new State(phase, reason, now.since());
        }
    }

    /** A copy of these tables begins. */
    void copies(Collection<Table> wanted) {
        parts.clear();
        wanted.forEach(table -> parts.put(table.knownAs(), table.published()));
        wanted.stream()
                .collect(Collectors.groupingBy(Table::published))
                .forEach((published, tables) -> of(published)
                        .copyWaits(tables.stream().mapToLong(Table::rows).sum(), tables.size()));
        enter(Phase.COPYING, "");
    }

    /** A table, or a part of one, is complete. */
    void copied(TableName table) {
        of(parts.getOrDefault(table, table)).copiedPart();
    }

    /**
     * The stream moves: all changes of transactions that end before {@code lsn} are in Kafka.
     *
     * @param caughtUp whether the log had no more for us
     */
    void delivered(long lsn, boolean caughtUp) {
        safeLsn = lsn;
        movedNanos = System.nanoTime();
        if (caughtUp) {
            caughtUpAt = System.currentTimeMillis();
        }
    }

    /** What it is if the stream stands still from now on. */
    void waitsFor(String what) {
        waitsFor = what;
        movedNanos = System.nanoTime();
    }

    /** A transaction of this time (milliseconds since 1970) has been sent; 0 for none yet. */
    void committed(long time) {
        if (time != 0) {
            deliveredAt = time;
        }
    }

    void seen(SlotState seen) {
        slot = seen;
    }

    void droppedOne() {
        dropped.increment();
    }

    void readStretch() {
        stretches.increment();
    }

    void inFlight(LongSupplier bytes) {
        bytesInFlight = bytes;
    }

    TableStatus of(TableName table) {
        return tables.computeIfAbsent(table, TableStatus::new);
    }

    /** A stream whose thread waits, for Kafka above all, cannot say so itself: it is told by its standing still. */
    public State state() {
        State now = state;
        long still = System.nanoTime() - movedNanos;
        if (now.phase() != Phase.STREAMING || still < STILL.toNanos()) {
            return now;
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(still);
        return new State(
                Phase.WAITING,
                "nothing has moved for " + seconds + " s: " + waitsFor,
                System.currentTimeMillis() - seconds * 1000);
    }

    public SlotState slot() {
        return slot;
    }

    /** How many stretches of the log were read and delivered because much was waiting. */
    public long stretches() {
        return stretches.sum();
    }

    /** Since when the program runs, in milliseconds since 1970. */
    public long startedAt() {
        return startedAt;
    }

    /** By name. */
    public List<TableStatus> tables() {
        return tables.values().stream()
                .sorted(Comparator.comparing(table -> table.table().toString()))
                .toList();
    }

    /** When something happened last, by {@link System#nanoTime}. */
    long movedNanos() {
        return movedNanos;
    }

    /** Handed to Kafka's client, over all tables. */
    long messages() {
        return tables.values().stream().mapToLong(TableStatus::messages).sum();
    }

    public long safeLsn() {
        return safeLsn;
    }

    /** How much of the log is written and not in Kafka, in bytes, as of the last look at the server. */
    public long lagBytes() {
        long end = slot.walLsn();
        return safeLsn == 0 || Lsn.isBefore(end, safeLsn) ? 0 : end - safeLsn;
    }

    /**
     * For how many seconds there may have been changes that are not in Kafka: since the last one that is, or since the
     * stream was at the end of the log, whichever is later. 0 if that was just now.
     */
    public double lagSeconds() {
        long now = System.currentTimeMillis();
        if (now - caughtUpAt < CAUGHT_UP.toMillis()) {
            return 0;
        }
        return Math.max(0, now - Math.max(caughtUpAt, deliveredAt)) / 1000.0;
    }

    /** The commit time of the last transaction that was sent, in milliseconds since 1970; 0 if there was none. */
    public long deliveredAt() {
        return deliveredAt;
    }

    /** How often a server was away. */
    public long outages() {
        return outages.sum();
    }

    /** Messages that could not be delivered and were dropped ({@code --on-error=log}). */
    public long dropped() {
        return dropped.sum();
    }

    /** What Kafka has not acknowledged yet. */
    public long bytesInFlight() {
        return bytesInFlight.getAsLong();
    }
}
