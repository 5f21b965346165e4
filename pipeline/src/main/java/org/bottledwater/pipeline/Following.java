package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.Sink;
import org.bottledwater.postgres.BacklogReader;
import org.bottledwater.postgres.BacklogRefusedException;
import org.bottledwater.postgres.ReplicationStream;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.SlotReader;
import org.bottledwater.postgres.StreamOptions;
import org.bottledwater.postgres.wire.RelationResolver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the changes in one of two gears: by the stream of a walsender, or, while much is waiting, in stretches
 * ({@link CatchUp}). The slot counts as in use all the time, so that a stand-by stands by.
 */
final class Following {
    private static final Logger log = LoggerFactory.getLogger(Following.class);

    private static final Duration AGAIN_AFTER_REFUSAL = Duration.ofMinutes(10);
    private static final Duration AGAIN_AFTER_FAILURE = Duration.ofSeconds(15);
    private static final long SOON_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long FREE_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LOOK_MILLIS = 20;

    private final Settings settings;
    private final Connections servers;
    private final Pipeline.Memory memory;
    private final RelationResolver resolver;
    private final ChangeHandler changes;
    private final ChangeRouter router;
    private final Sink sink;
    private final Runnable everySecond;
    private final BooleanSupplier ending;
    private final Runnable whenBegun;
    private boolean begun;

    /** Where a transaction was met that is too large to be read in stretches. */
    private long streamedFrom = Lsn.INVALID;

    /** When a backlog had been read; 0 for never. */
    private long caughtUpAt;

    private volatile @Nullable BacklogReader backlog;

    /**
     * @param changes takes what is read, and gives it to the router
     * @param everySecond run about once a second, between two transactions
     * @param whenBegun run when the server gives the changes
     */
    Following(
            Settings settings,
            Connections servers,
            Pipeline.Memory memory,
            RelationResolver resolver,
            ChangeHandler changes,
            ChangeRouter router,
            Sink sink,
            Runnable everySecond,
            BooleanSupplier ending,
            Runnable whenBegun) {
        this.settings = settings;
        this.servers = servers;
        this.memory = memory;
        this.resolver = resolver;
        this.changes = changes;
        this.router = router;
        this.sink = sink;
        this.everySecond = everySecond;
        this.ending = ending;
        this.whenBegun = whenBegun;
    }

    /** @param options but for the position */
    void run(StreamOptions options) {
        try {
            if (isFarBehind(sink.safe())) {
                hold(options);
            }
            do {
                if (backlog != null) {
                    catchUp();
                }
                if (!ending.getAsBoolean()) {
                    follow(options);
                }
            } while (!ending.getAsBoolean());
        } catch (BacklogRefusedException e) {
            memory.leaveBacklog(AGAIN_AFTER_REFUSAL);
            log.warn("{}; what is waiting comes by the stream", e.getMessage());
            throw new StreamRestart(StreamRestart.Reason.BACKLOG_REFUSED, "the backlog cannot be read in stretches");
        } finally {
            letGo();
        }
    }

    /** Follows the stream until it is to end, or so much is waiting that the other gear is better; then the slot is held. */
    private void follow(StreamOptions options) {
        try (ReplicationStream stream =
                ReplicationStream.start(settings.postgres(), options.from(sink.safe()), resolver)) {
            goesOn();
            letGo();
            memory.reader = servers.slots().reader(settings.slot(), stream.serverPid());
            sink.setWhileBlocked(stream::keepAlive);
            try {
                Streamer streamer = new Streamer(stream, changes, router, sink, memory.status, () -> {
                    everySecond.run();
                    return isFarBehind(Lsn.max(sink.safe(), stream.received()));
                });
                if (streamer.run(ending)) {
                    hold(options);
                }
            } finally {
                if (stream.isUnanswered()) {
                    memory.replyPatience.ranOut(stream.received());
                }
            }
        }
    }

    private void goesOn() {
        if (!begun) {
            begun = true;
            whenBegun.run();
        }
    }

    private boolean isFarBehind(long position) {
        Optional<CatchUpPolicy> policy = settings.slotPolicy().catchUp();
        if (policy.isEmpty()
                || servers.postgres().serverVersion() < BacklogReader.SINCE
                || memory.leavesBacklog()
                || CatchUp.distance(position, servers.postgres().currentWalLsn()) < worthwhile(policy.get())) {
            return false;
        }
        // A transaction that is open for long would be decoded again and again.
        long restart = slot().restartLsn();
        return CatchUp.distance(restart, position) <= policy.get().longest() / 2
                && !Lsn.isBefore(restart, streamedFrom);
    }

    private long worthwhile(CatchUpPolicy policy) {
        boolean soon = caughtUpAt != 0 && System.nanoTime() - caughtUpAt < SOON_NANOS;
        return soon ? policy.fromSoonAgain() : policy.from();
    }

    private Slot slot() {
        return servers.slots()
                .find(settings.slot())
                .orElseThrow(() -> new StreamRestart(
                        StreamRestart.Reason.SLOT_TAKEN, "the slot is gone: slot=" + settings.slot()));
    }

    /** The stream goes on if there is no session to be had. */
    private void hold(StreamOptions options) {
        try {
            backlog = BacklogReader.open(settings.postgres(), options, resolver);
        } catch (ConnectionException | ConfigurationException e) {
            memory.leaveBacklog(AGAIN_AFTER_FAILURE);
            log.warn("{}; what is waiting comes by the stream", e.getMessage());
        }
    }

    private void letGo() {
        BacklogReader held = backlog;
        if (held != null) {
            held.close();
            backlog = null;
        }
    }

    /** Our walsender may need a moment to notice that it is not wanted any more. */
    private void awaitOwn(BacklogReader own) {
        long begun = System.nanoTime();
        while (slot().activePid() != own.serverPid()) {
            long waited = System.nanoTime() - begun;
            int pid = slot().activePid();
            Optional<SlotReader> former = memory.reader.filter(reader -> reader.pid() == pid);
            if (waited > GRACE_NANOS && former.isPresent()) {
                boolean unused = servers.slots().terminate(settings.slot(), former.get());
            }
            if (waited > FREE_WITHIN_NANOS) {
                throw new ConnectionException(
                        "backlog: the slot is in use by another process, slot=" + settings.slot() + " pid=" + pid,
                        new IllegalStateException("in use"));
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("backlog: interrupted", e);
        }
    }

    private void catchUp() {
        BacklogReader reader = backlog();
        awaitOwn(reader);
        goesOn();
        memory.reader = servers.slots().reader(settings.slot(), reader.serverPid());
        long begun = sink.safe();
        log.info(
                "stream: {} of the log are waiting, they are read in stretches (--catch-up-from)",
                Amounts.bytes(CatchUp.distance(begun, reader.end())));
        CatchUpPolicy policy = settings.slotPolicy().catchUp().orElseThrow();
        CatchUp catchUp =
                new CatchUp(policy, reader, this::slot, changes, router, sink, memory.status, everySecond, ending);
        if (catchUp.run()) {
            streamedFrom = sink.safe();
        }
        caughtUpAt = System.nanoTime();
        log.info(
                "stream: {} of the log were read in stretches, the rest comes as it is written",
                Amounts.bytes(CatchUp.distance(begun, sink.safe())));
    }

    private BacklogReader backlog() {
        BacklogReader held = backlog;
        if (held == null) {
            throw new IllegalStateException("the slot is not held: slot=" + settings.slot());
        }
        return held;
    }

    /** Ends a wait for the server to decode a stretch. Any thread. */
    void hurry() {
        BacklogReader held = backlog;
        if (held != null) {
            held.cancel();
        }
    }

    /** Ends whatever is waited for in a stretch. Any thread. */
    void abort() {
        BacklogReader held = backlog;
        if (held != null) {
            held.close();
        }
    }
}
