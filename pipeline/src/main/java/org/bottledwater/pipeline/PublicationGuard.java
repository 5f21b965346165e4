package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over our publication of updates, on a thread and a session of its own, whatever the run is doing. A table
 * that loses its replica identity leaves it at once, as PostgreSQL would refuse the application's UPDATE; a captured
 * table that has one and is not in it is to join.
 */
final class PublicationGuard implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PublicationGuard.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int LOOK_AGAIN = 30;

    private final Settings settings;
    private final boolean joins;
    private final Set<Integer> captured;
    private final ScheduledExecutorService clock;
    private volatile String joining = "";

    // The clock thread's own.
    private @Nullable Postgres session;
    private boolean told;
    private final Set<TableName> unfit = new HashSet<>();
    private final Set<TableName> warned = new HashSet<>();
    private long looks;
    private Set<TableName> before = Set.of();
    private @Nullable Set<Integer> partitions;

    private PublicationGuard(Settings settings, boolean joins, Set<Integer> captured) {
        this.settings = settings;
        this.joins = joins;
        this.captured = captured;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "publication-guard");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to watch. With the user's own publication, or none, there may still be ours of an earlier run. */
    static PublicationGuard watch(Settings settings, Connections servers, Plugin plugin, List<Table> captured) {
        boolean joins = plugin == Plugin.PGOUTPUT && settings.publication().isEmpty();
        boolean roots = settings.partitioned() == PartitionedTables.ROOT
                && servers.catalog().hasPartitions();
        Set<Integer> oids = roots ? captured.stream().map(Table::oid).collect(Collectors.toSet()) : Set.of();
        PublicationGuard guard = new PublicationGuard(settings, joins, oids);
        if (joins || roots || !servers.publications().existing().isEmpty()) {
            long interval = INTERVAL.toMillis();
            // It catches what can go wrong; the rest would be a fault of this program, and ends the watch.
            Future<?> unused =
                    guard.clock.scheduleWithFixedDelay(guard::look, interval, interval, TimeUnit.MILLISECONDS);
        }
        return guard;
    }

    /** Takes every table that has lost its replica identity out of our publication of updates. */
    static void mend(Publications publications) {
        for (TableName table : publications.leaveOutUnidentified()) {
            log.warn(
                    "table {} has lost its key, or has a generated column under REPLICA IDENTITY FULL: its updates and deletes"
                            + " are not published until that is fixed; it is copied from scratch then",
                    table);
        }
    }

    /**
     * For the stream's thread.
     *
     * @throws StreamRestart when a table is to join
     */
    void check() {
        if (!joining.isEmpty()) {
            throw new StreamRestart(StreamRestart.Reason.NEW_TABLE, joining);
        }
    }

    private void look() {
        try {
            Postgres open = session;
            if (open == null) {
                open = Postgres.connect(settings.postgres());
                session = open;
            }
            Publications publications = new Publications(open, settings.slot());
            mend(publications);
            if (joins) {
                lookForNew(open, publications);
            }
            lookForMoved(open);
            told = false;
        } catch (ConnectionException | ConfigurationException e) {
            if (!told) {
                log.warn("cannot look after the publication: {}", e.getMessage());
                told = true;
            }
            closeSession();
        }
    }

    /** Twice the same: a migration makes one table after the other, and each that joins costs a new start of the stream. */
    private void lookForNew(Postgres open, Publications publications) {
        Set<TableName> found = new HashSet<>(publications.unpublished());
        if (++looks % LOOK_AGAIN == 0) {
            // One that is not captured may have been attached to a partitioned table that is.
            unfit.clear();
        }
        found.removeAll(unfit);
        if (!found.isEmpty() && found.equals(before)) {
            List<Table> wanted = new Catalog(open)
                    .tables().stream()
                            .filter(table -> found.contains(table.name()))
                            .filter(table -> settings.tables().captures(table.name(), table.root()))
                            .toList();
            List<TableName> fit = wanted.stream()
                    .filter(PublicationGuard::isFit)
                    .map(Table::name)
                    .toList();
            if (!fit.isEmpty()) {
                joining = "tables to join: " + fit;
            } else if (!wanted.isEmpty()) {
                List<TableName> names = wanted.stream().map(Table::name).toList();
                if (warned.addAll(names)) {
                    log.warn("tables that cannot be captured, as they may not be read or published: {}", names);
                }
            }
            unfit.addAll(found);
        }
        before = found;
    }

    /** A partition that is detached or dropped sends no row that would tell. */
    private void lookForMoved(Postgres open) {
        Set<Integer> found = new Catalog(open).partitions(captured);
        if (partitions == null) {
            partitions = found;
        } else if (!found.equals(partitions)) {
            joining = "partitions were attached or detached";
        }
    }

    private static boolean isFit(Table table) {
        return table.hasIdentity() && table.readable() && table.ownedByUs();
    }

    private void closeSession() {
        if (session != null) {
            session.close();
            session = null;
        }
    }

    @Override
    public void close() {
        clock.execute(this::closeSession);
        clock.shutdown();
    }
}
