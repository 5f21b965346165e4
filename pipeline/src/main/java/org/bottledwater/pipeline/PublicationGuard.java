package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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

    private final Settings settings;
    private final boolean joins;
    private final ScheduledExecutorService clock;
    private volatile String joining = "";

    // The clock thread's own.
    private @Nullable Postgres session;
    private boolean told;
    private final Set<TableName> unfit = new HashSet<>();
    private Set<TableName> before = Set.of();

    private PublicationGuard(Settings settings, boolean joins) {
        this.settings = settings;
        this.joins = joins;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "publication-guard");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to watch. With the user's own publication, or none, there may still be ours of an earlier run. */
    static PublicationGuard watch(Settings settings, Connections servers, Plugin plugin) {
        boolean joins = plugin == Plugin.PGOUTPUT && settings.publication().isEmpty();
        PublicationGuard guard = new PublicationGuard(settings, joins);
        if (joins || !servers.publications().existing().isEmpty()) {
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
                    "table {} has lost its key: its updates and deletes are not published until it has one again; it is"
                            + " copied anew then",
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
            throw new StreamRestart(StreamRestart.Reason.NEW_TABLE, "tables to join: " + joining);
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
        found.removeIf(table -> !settings.tables().captures(table) || unfit.contains(table));
        if (!found.isEmpty() && found.equals(before)) {
            List<TableName> fit = new Catalog(open)
                    .tables().stream()
                            .filter(table -> found.contains(table.name()) && isFit(table))
                            .map(Table::name)
                            .toList();
            if (fit.isEmpty()) {
                log.warn("tables that cannot be captured, as they may not be read or published: {}", found);
                unfit.addAll(found);
            } else {
                joining = fit.toString();
            }
        }
        before = found;
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
