package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.ConnectOffsets;
import org.bottledwater.kafka.CopyRequest;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.postgres.Table;

/** Has the running instance of a slot copy tables once more. The request waits in Kafka until an instance hears it. */
public final class CopyAgain implements AutoCloseable {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    private static final int NAMED_TABLES = 10;

    private final Connections servers;
    private final CopyRequest request;

    /** How far it is. */
    public enum Progress {
        /** No instance has heard of it. */
        WAITING,
        COPYING,
        DONE
    }

    private CopyAgain(Connections servers, CopyRequest request) {
        this.servers = servers;
        this.request = request;
    }

    /**
     * Asks for the tables that {@link Settings#tables} names.
     *
     * @throws ConfigurationException if no table of this name is in Kafka
     */
    public static CopyAgain request(Settings settings) {
        KafkaDestination kafka = new KafkaDestination(settings);
        Connections servers = Connections.open(settings, kafka);
        try {
            servers.reachDestination();
            CheckpointState state = servers.checkpoint();
            if (state.checkpoint().isEmpty()) {
                throw new ConfigurationException("nothing has been copied for slot " + settings.slot()
                        + ": a run copies every table when it begins"
                        + "\n  check --slot and --broker, or start it:  bottledwater");
            }
            if (ConnectOffsets.isHandedOver(state.checkpoint().get())) {
                throw new ConfigurationException("slot " + settings.slot()
                        + " was handed to Kafka Connect, and a connector does not copy tables once more"
                        + "\n  take it back first (bottledwater checkpoint import FILE) and start it:  bottledwater");
            }
            List<Table> all = servers.catalog().tables();
            Set<Integer> meant = all.stream()
                    .filter(table -> settings.tables().captures(table.name(), table.root()))
                    .map(Table::oid)
                    .collect(Collectors.toSet());
            List<TableName> names = Renames.resolve(settings, state, all).stream()
                    .filter(table -> meant.contains(table.oid()))
                    .map(Table::knownAs)
                    .filter(state.tables()::containsKey)
                    .toList();
            if (names.isEmpty()) {
                throw new ConfigurationException("no table that is copied is meant by --tables=" + settings.tables()
                        + "\n  copied are " + some(state));
            }
            CopyRequest request =
                    new CopyRequest(settings.slot(), UUID.randomUUID().toString(), names);
            kafka.ask(request);
            return new CopyAgain(servers, request);
        } catch (RuntimeException e) {
            servers.close();
            throw e;
        }
    }

    private static String some(CheckpointState state) {
        List<String> names = state.tables().keySet().stream()
                .map(TableName::toString)
                .sorted()
                .toList();
        return String.join(", ", names.subList(0, Math.min(NAMED_TABLES, names.size())))
                + (names.size() > NAMED_TABLES ? " and " + (names.size() - NAMED_TABLES) + " more" : "");
    }

    public List<TableName> tables() {
        return request.tables();
    }

    /** A table that was dropped since is done, too. */
    public Progress progress() {
        CheckpointState state = servers.checkpoint();
        if (state.requests().stream().anyMatch(open -> open.id().equals(request.id()))) {
            return Progress.WAITING;
        }
        boolean done = state.tables().values().stream()
                .filter(table -> request.tables().contains(table.table()))
                .allMatch(TableProgress::complete);
        return done ? Progress.DONE : Progress.COPYING;
    }

    /** Returns when it is no longer {@code now}, or when the time is over: then it still is. */
    public Progress await(Progress now, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        Progress progress = progress();
        while (progress == now && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN.toMillis());
            progress = progress();
        }
        return progress;
    }

    @Override
    public void close() {
        servers.close();
    }
}
