package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.GaveUpException;
import org.bottledwater.kafka.RegistryUnavailableException;
import org.bottledwater.kafka.TransactionExpiredException;
import org.bottledwater.postgres.SlotReader;
import org.bottledwater.postgres.StreamRefusedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a database into Kafka: the snapshot first, then the changes, until {@link #stop}. A run is a series of
 * attempts, each of which begins at the checkpoint; an attempt ends when a server goes away, or when the stream has to
 * go on in another way.
 */
public final class Pipeline {
    private static final Logger log = LoggerFactory.getLogger(Pipeline.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(250);
    private static final Duration RARELY = Duration.ofMinutes(5);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(8);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final Settings settings;
    private final Supplier<Destination> destinations;
    private final PipelineListener listener;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Memory memory;
    private final Optional<WalGuard> guard;
    private final Outage outage;
    private long messagesBefore;
    private long toldAt = System.nanoTime() - RARELY.toNanos();
    private boolean watched;
    private final Share share;
    private volatile @Nullable Undertaking current;

    /** Whom to interrupt. Guarded by this. */
    private @Nullable Thread runner;

    public Pipeline(Settings settings, PipelineListener listener) {
        this(settings, listener, KafkaDestination.each(settings));
    }

    /** @param destinations gives each attempt its own */
    public Pipeline(Settings settings, PipelineListener listener, Supplier<Destination> destinations) {
        this(settings, listener, destinations, Share.ALL);
    }

    /**
     * @param destinations gives each attempt its own, which knows the companions
     * @param share one that does not lead is all that this one copies; the one who leads does everything else
     */
    public Pipeline(Settings settings, PipelineListener listener, Supplier<Destination> destinations, Share share) {
        this.share = share;
        this.settings = settings.ofInstance();
        this.destinations = destinations;
        this.memory = new Memory(new RunStatus());
        this.listener = new CopyNotes(memory.status, listener);
        this.guard = settings.slotPolicy()
                .walLimit()
                .map(limit -> new WalGuard(this.settings, limit, () -> memory.established, this::stop));
        this.outage = new Outage(settings.giveUpAfter());
    }

    /** What one attempt leaves to the next. */
    static final class Memory {
        final RunStatus status;
        /** Some type has no known binary form. */
        boolean textNeeded;
        /** The change in front of which to stop, once everything before it is delivered. */
        Optional<Undeliverable> refused = Optional.empty();
        /** Everything was reached once: from then on, outages are waited out. */
        volatile boolean established;
        /** It was established with a server that is no standby. */
        boolean primary;
        /** It went on from a checkpoint, so that there must be one. */
        boolean copiedBefore;
        /** The position was lost, and the copy that was begun anew is not complete. */
        boolean copyingAnew;
        /** Where the copy stood that was lost before it was complete. */
        long lostAt = Lsn.INVALID;
        /** When the server last refused a stream. */
        long streamRefusedAt = System.nanoTime() - RARELY.toNanos();
        /** What cannot be captured has been named. */
        boolean leftOutTold;
        /** What this version of PostgreSQL cannot do was said. */
        boolean limitsNoted;
        /** What was to be copied at the start of the run is in Kafka. */
        boolean copied;
        /** The position behind which a PostgreSQL transaction was too slow for Kafka's timeout. */
        long expiredAfter = Lsn.INVALID;

        final ReplyPatience replyPatience = new ReplyPatience();
        /** The OIDs of tables that are to be copied again, as the WAL has them otherwise than their topics. */
        final Set<Integer> copyAgain = new HashSet<>();
        /** Tables of which it was said that they are set aside, and why. */
        final Set<String> setAside = new HashSet<>();
        /** The server's process that served our last stream; it may not have noticed yet that we are gone. */
        Optional<SlotReader> reader = Optional.empty();
        /** The attempt got as far as the stream. */
        boolean streaming;

        /** Until when the backlog is not asked for in stretches. */
        private Optional<Long> backlogAgainAt = Optional.empty();

        Memory(RunStatus status) {
            this.status = status;
        }

        /** The server does not give the backlog in stretches; perhaps it does later. */
        void leaveBacklog(Duration pause) {
            backlogAgainAt = Optional.of(System.nanoTime() + pause.toNanos());
        }

        boolean leavesBacklog() {
            return backlogAgainAt.filter(again -> again - System.nanoTime() > 0).isPresent();
        }
    }

    /** How it stands. Any thread, at any time. */
    public RunStatus status() {
        return memory.status;
    }

    /** To be called before {@link #run}: keeps {@link RunStatus#slot} up to date, which costs the database a session. */
    public void watchSlot() {
        watched = true;
    }

    /**
     * Runs until {@link #stop}, or until a copy that is all that was wanted is complete.
     *
     * @throws ConfigurationException when a person has to change something first
     * @throws ConnectionException when a server cannot be reached at the start, or later for longer than it may
     * @throws RuntimeException when a change can never be delivered under {@code --on-error=exit}; the message says so
     */
    public void run() throws InterruptedException {
        setRunner(Thread.currentThread());
        try (Resources watches = new Resources()) {
            if (watched || guard.isPresent()) {
                watches.add(SlotWatch.start(settings, memory.status, guard));
            }
            runAttempts();
        } catch (InterruptedException e) {
            if (!isStopping()) {
                throw e;
            }
        } catch (RuntimeException e) {
            if (guard.filter(WalGuard::hasEnded).isEmpty()) {
                throw e;
            }
            log.warn("{}", e.getMessage());
        } finally {
            memory.status.enter(RunStatus.Phase.STOPPED, "");
            setRunner(null);
        }
        guard.ifPresent(WalGuard::finish);
    }

    /** An interrupt that came for the run, and came late, is none of what follows. */
    private synchronized void setRunner(@Nullable Thread thread) {
        runner = thread;
        if (thread == null && isStopping()) {
            boolean unused = Thread.interrupted();
        }
    }

    private void runAttempts() throws InterruptedException {
        Duration pause = SHORTEST_PAUSE;
        while (!isStopping()) {
            memory.streaming = false;
            try {
                if (attempt()) {
                    Removal.drop(settings).forEach(what -> log.info("the copy is complete: dropped {}", what));
                    return;
                }
            } catch (StreamRestart e) {
                log.info("{}: going back to the checkpoint", e.getMessage());
                memory.textNeeded |= e.reason() == StreamRestart.Reason.TEXT_NEEDED;
                memory.copyAgain.addAll(e.tables());
                stopping.await(SHORTEST_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (Undeliverable e) {
                stopInFrontOf(e);
            } catch (TransactionExpiredException e) {
                refuseTwice(e);
            } catch (StreamRefusedException e) {
                lookAgain(e);
            } catch (ConnectionException e) {
                if (isStopping()) {
                    return;
                }
                if (!memory.established) {
                    throw e;
                }
                giveUpIfTooLong(e);
                pause = memory.streaming ? SHORTEST_PAUSE : min(pause.multipliedBy(2), LONGEST_PAUSE);
                tell(e);
                memory.status.enter(RunStatus.Phase.WAITING, String.valueOf(e.getMessage()));
                stopping.await(outage.pause(wait(pause, e), System.nanoTime()).toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Shorter by up to a quarter, so that many instances do not come at the same moment; longer if a server asks for it. */
    private static Duration wait(Duration pause, ConnectionException e) {
        Duration some = pause.minusMillis(ThreadLocalRandom.current().nextLong(pause.toMillis() / 4 + 1));
        return e.getCause() instanceof RegistryUnavailableException registry
                ? registry.retryAfter()
                        .filter(wanted -> wanted.compareTo(some) > 0)
                        .orElse(some)
                : some;
    }

    private void giveUpIfTooLong(ConnectionException e) {
        long messages = memory.status.messages();
        if (memory.streaming || messages != messagesBefore) {
            outage.over();
            messagesBefore = messages;
        }
        // What ended a stream may have been noticed a good while after it.
        outage.goesOn(memory.streaming ? memory.status.movedNanos() : System.nanoTime());
        if (e.getCause() instanceof GaveUpException || outage.isTooLong(System.nanoTime())) {
            throw new ConnectionException(
                    e.getMessage()
                            + "\n  giving up, as --give-up-after or Kafka's own limits say; nothing is lost, the next run goes on from here",
                    e);
        }
    }

    /** Whether nothing is left to do. */
    private boolean attempt() throws InterruptedException {
        try (Undertaking attempt = undertake()) {
            current = attempt;
            attempt.run();
            return attempt.isOver();
        } finally {
            current = null;
        }
    }

    private Undertaking undertake() {
        Destination destination = destinations.get();
        return share.leads()
                ? new Attempt(settings, destination, listener, memory, this::isStopping)
                : new ShareAttempt(settings, destination, listener, memory, this::isStopping, share);
    }

    /** An outage is told of when it begins, and then rarely. */
    private void tell(ConnectionException e) {
        long now = System.nanoTime();
        if (memory.streaming || now - toldAt > RARELY.toNanos()) {
            toldAt = now;
            log.warn("{}; trying again until it works, nothing is lost meanwhile", e.getMessage());
        } else {
            log.debug("still away", e);
        }
    }

    /**
     * The Kafka transaction that was open has whole PostgreSQL transactions in it, perhaps, that come before the one
     * that cannot be delivered: they are read once more and committed without it.
     */
    private void stopInFrontOf(Undeliverable e) {
        if (e.xid() == Undeliverable.SNAPSHOT || memory.refused.isPresent()) {
            throw e;
        }
        memory.refused = Optional.of(e);
    }

    /**
     * Once is an accident, the machine may have slept; a transaction that does not fit a second time would be read again
     * for ever.
     */
    private void refuseTwice(TransactionExpiredException e) {
        if (memory.expiredAfter == e.safe()) {
            throw new ConfigurationException(
                    e.getMessage()
                            + "; it was tried twice\n  raise the broker's transaction.max.timeout.ms (and -C transaction.timeout.ms if you"
                            + " gave it), or use --delivery=at-least-once",
                    e);
        }
        memory.expiredAfter = e.safe();
        log.warn("{}; trying once more", e.getMessage());
    }

    /** Perhaps the position is lost: the next attempt looks for that first. What it does not explain comes again at once. */
    private void lookAgain(StreamRefusedException e) {
        long now = System.nanoTime();
        if (now - memory.streamRefusedAt < RARELY.toNanos()) {
            throw e;
        }
        memory.streamRefusedAt = now;
        log.warn("{}; looking for the reason", e.getMessage());
    }

    /** Ends {@link #run} soon, with everything delivered that arrived. Any thread; returns at once. */
    public void stop() {
        stopping.countDown();
        Undertaking attempt = current;
        if (attempt != null) {
            attempt.hurry();
        }
        CompletableFuture.delayedExecutor(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(this::interrupt);
    }

    /** Whatever it is waiting for, a server that is away for instance, the next start goes on from the checkpoint. */
    private synchronized void interrupt() {
        Thread running = runner;
        if (running != null) {
            running.interrupt();
        }
        Undertaking attempt = current;
        if (attempt != null) {
            attempt.abort();
        }
    }

    /** Whether {@link #stop} was called. */
    public boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private static Duration min(Duration left, Duration right) {
        return left.compareTo(right) < 0 ? left : right;
    }
}
