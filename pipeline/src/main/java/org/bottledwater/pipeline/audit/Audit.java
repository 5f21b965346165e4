package org.bottledwater.pipeline.audit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.Topics;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.postgres.Postgres;

/**
 * Proves that the folded topics are the tables, next to the pipeline that is running and the applications that write.
 *
 * <p>It takes a {@link Cut}, compares each table as a whole ({@link FirstLook}), and looks again, under newer cuts, at what looked
 * wrong ({@link SecondLook}): only what is wrong then, too, is reported. Memory is fixed; what does not fit goes to temporary
 * files.
 */
public final class Audit {
    private static final Duration REACH_PATIENCE = Duration.ofSeconds(10);
    private static final Duration TELL_EVERY = Duration.ofSeconds(2);

    private final Settings settings;
    private final AuditSettings how;
    private final AuditListener listener;
    private final Tally tally = new Tally();
    private final Map<TableName, TableTask> open = new HashMap<>();
    private final Map<TableName, TableAudit> done = new TreeMap<>();

    private Audit(Settings settings, AuditSettings how, AuditListener listener) {
        this.settings = settings;
        this.how = how;
        this.listener = listener;
    }

    /**
     * Audits what the settings capture.
     *
     * @param settings those of the running instance
     * @throws ConfigurationException when a person has to do something first: start the instance, for example
     * @throws ConnectionException when a server is away; begin again
     */
    public static AuditReport run(Settings settings, AuditSettings how, AuditListener listener)
            throws InterruptedException {
        return new Audit(settings, how, listener).run();
    }

    private AuditReport run() throws InterruptedException {
        long begun = System.nanoTime();
        // Two threads for each worker: one reads the table, the other the topic.
        ExecutorService workers = Executors.newFixedThreadPool(how.workers(), Audit::thread);
        ExecutorService readers = Executors.newFixedThreadPool(how.workers(), Audit::thread);
        try (Postgres postgres = Postgres.connect(settings.postgres());
                Topics topics = new Topics(settings.kafka())) {
            topics.reachable(REACH_PATIENCE);
            Settings here = settings.on(postgres);
            Optional<SchemaRegistry> registry = registry();
            Encoding encoding = new Encoding(here, registry);
            try (Repairer repairer = new Repairer(settings, topics, encoding)) {
                Cuts cuts = new Cuts(settings, how, postgres, topics, listener);
                Optional<Repairer> repairs = how.repair() ? Optional.of(repairer) : Optional.empty();
                long lsn = looks(
                        cuts,
                        workers,
                        () -> new TableTask(here, how, encoding, repairs, new MessageKeys(registry), readers, tally));
                return new AuditReport(
                        lsn,
                        List.copyOf(done.values()),
                        tally.messages.sum(),
                        Duration.ofNanos(System.nanoTime() - begun));
            }
        } finally {
            workers.shutdownNow();
            readers.shutdownNow();
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "audit");
        thread.setDaemon(true);
        return thread;
    }

    private Optional<SchemaRegistry> registry() {
        if (settings.format() != OutputFormat.AVRO) {
            return Optional.empty();
        }
        SchemaRegistry client = new SchemaRegistry(settings.registry());
        client.reachable();
        return Optional.of(client);
    }

    /** Makes the task of a unit. */
    @FunctionalInterface
    private interface TaskSource {
        TableTask next();
    }

    /** Looks until nothing is open any more; returns the position of the first look. */
    private long looks(Cuts cuts, ExecutorService workers, TaskSource tasks) throws InterruptedException {
        long lsn = 0;
        for (int look = 1; look == 1 || !open.isEmpty(); look++) {
            try (Cut cut = cuts.take()) {
                if (look == 1) {
                    requireTables(cut);
                    lsn = cut.snapshot().lsn();
                    cut.units().forEach(unit -> open.put(unit.name(), tasks.next()));
                }
                look(look, cut, workers);
            }
        }
        return lsn;
    }

    /** A copy of nothing would be true whatever is in Kafka. */
    private void requireTables(Cut cut) {
        if (cut.units().isEmpty()) {
            throw new ConfigurationException("no table is captured, so there is nothing to audit: tables="
                    + settings.tables()
                    + settings.publication().map(name -> " publication=" + name).orElse("")
                    + "\n  check --tables and --publication, and that the publication still has its tables");
        }
    }

    private void look(int look, Cut cut, ExecutorService workers) throws InterruptedException {
        List<Unit> units = new ArrayList<>(cut.units());
        units.removeIf(unit -> !open.containsKey(unit.name()));
        // One that was dropped or left out meanwhile is no part of the copy any more.
        open.keySet()
                .removeIf(name -> units.stream().noneMatch(unit -> unit.name().equals(name)));
        // The largest first, so that the workers end at about the same time.
        units.sort((left, right) -> Long.compare(right.estimatedRows(), left.estimatedRows()));
        listener.look(
                look,
                units.size(),
                units.stream().mapToLong(Unit::estimatedRows).sum(),
                cut.snapshot().lsn());
        Map<Unit, Future<Optional<TableAudit>>> looking = new HashMap<>();
        for (Unit unit : units) {
            TableTask task = open.get(unit.name());
            if (task != null) {
                looking.put(unit, workers.submit(() -> task.step(unit, cut)));
            }
        }
        try {
            for (Unit unit : units) {
                Future<Optional<TableAudit>> future = looking.get(unit);
                Optional<TableAudit> found = future == null ? Optional.empty() : await(future);
                if (found.isPresent()) {
                    open.remove(unit.name());
                    done.put(unit.name(), found.get());
                    listener.finished(found.get());
                }
            }
        } finally {
            looking.values().forEach(future -> future.cancel(true));
        }
    }

    private Optional<TableAudit> await(Future<Optional<TableAudit>> future) throws InterruptedException {
        while (true) {
            try {
                return future.get(TELL_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                listener.progress(tally.rows.sum(), tally.messages.sum());
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
            }
        }
    }
}
