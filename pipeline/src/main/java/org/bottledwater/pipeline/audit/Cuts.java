package org.bottledwater.pipeline.audit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.Checkpoint;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.ConnectOffsets;
import org.bottledwater.kafka.TopicEnds;
import org.bottledwater.kafka.Topics;
import org.bottledwater.pipeline.CapturedTables;
import org.bottledwater.pipeline.Renames;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.TopicNames;
import org.bottledwater.pipeline.VisibleTransactions;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.SnapshotExport;
import org.bottledwater.postgres.SnapshotReader;
import org.bottledwater.postgres.Table;

/** Takes {@link Cut}s: a snapshot, and then the patience to wait until the running pipeline has passed it. */
final class Cuts {
    private static final Duration CHECKPOINT_PATIENCE = Duration.ofMinutes(2);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

    private final Settings settings;
    private final AuditSettings how;
    private final Postgres postgres;
    private final Topics topics;
    private final CheckpointTopic checkpoints;
    private final AuditListener listener;

    Cuts(Settings settings, AuditSettings how, Postgres postgres, Topics topics, AuditListener listener) {
        this.settings = settings;
        this.how = how;
        this.postgres = postgres;
        this.topics = topics;
        this.checkpoints = new CheckpointTopic(settings.kafka(), topics, CheckpointTopic.DEFAULT_NAME);
        this.listener = listener;
    }

    /** @throws ConfigurationException if the pipeline does not get there */
    Cut take() {
        CheckpointState now = checkpoint();
        requireOurs(now);
        requireFollowed(now);
        Map<String, TopicEnds> before = topics.ends(names(units(new Catalog(postgres), now)));
        SnapshotExport snapshot = SnapshotExport.open(settings.postgres());
        try (SnapshotReader reader = SnapshotReader.open(settings.postgres(), snapshot.name())) {
            VisibleTransactions visible = VisibleTransactions.parse(reader.visibleTransactions());
            postgres.flushLog();
            CheckpointState checkpoint = await(snapshot.lsn());
            List<Unit> units = units(reader.catalog(), checkpoint);
            return new Cut(snapshot, visible, units, checkpoint, before, topics.ends(names(units)));
        } catch (RuntimeException e) {
            snapshot.close();
            throw e;
        }
    }

    private List<Unit> units(Catalog catalog, CheckpointState state) {
        Publications publications = new Publications(postgres, settings.slot());
        List<Table> captured = Renames.resolve(settings, state, CapturedTables.of(settings, catalog, publications));
        Map<TableName, List<Table>> parts =
                captured.stream().collect(Collectors.groupingBy(Table::published, TreeMap::new, Collectors.toList()));
        List<Unit> units = new ArrayList<>();
        parts.forEach((name, tables) -> units.add(new Unit(name, TopicNames.topic(settings, name), tables)));
        return units;
    }

    private static Set<String> names(List<Unit> units) {
        return units.stream().map(Unit::topic).collect(Collectors.toSet());
    }

    private CheckpointState checkpoint() {
        if (topics.ends(Set.of(checkpoints.name())).isEmpty()) {
            throw none();
        }
        CheckpointState state = checkpoints.read(settings.slot(), CHECKPOINT_PATIENCE);
        if (state.checkpoint().isEmpty()) {
            throw none();
        }
        return state;
    }

    private ConfigurationException none() {
        return new ConfigurationException("nothing is known of slot " + settings.slot() + ": topic="
                + checkpoints.name() + "\n  is --slot that of the running instance, and --broker its Kafka?");
    }

    private void requireOurs(CheckpointState state) {
        Checkpoint last = state.checkpoint().orElseThrow();
        if (!last.systemIdentifier().equals(postgres.systemIdentifier())
                || !last.database().equals(postgres.database())) {
            throw new ConfigurationException("the checkpoint of slot " + settings.slot()
                    + " is that of another database: checkpoint=" + last.systemIdentifier() + "/" + last.database()
                    + " connected=" + postgres.systemIdentifier() + "/" + postgres.database()
                    + "\n  check --postgres and --slot");
        }
    }

    /** What a connector comes to is known only if it writes it where an audit looks. */
    private void requireFollowed(CheckpointState state) {
        Checkpoint last = state.checkpoint().orElseThrow();
        if (ConnectOffsets.isHandedOver(last) && !ConnectOffsets.isFollowed(last)) {
            throw new ConfigurationException("slot " + settings.slot() + " was handed to Kafka Connect at "
                    + Lsn.toString(last.lsn()) + ", and how far the connector is does not stand in topic "
                    + checkpoints.name() + "\n  give it checkpoint.topic=" + checkpoints.name()
                    + " (with output=avro or json), and let it run");
        }
    }

    /** The copy may be far behind: what counts is that it moves. */
    private CheckpointState await(long lsn) {
        long copied = -1;
        long movedAt = System.nanoTime();
        while (true) {
            CheckpointState state = checkpoint();
            long position = state.checkpoint().orElseThrow().lsn();
            if (!Lsn.isBefore(position, lsn)) {
                return state;
            }
            long now = System.nanoTime();
            if (position != copied) {
                copied = position;
                movedAt = now;
            } else if (now - movedAt > how.patience().toNanos()) {
                throw new ConfigurationException("the running instance does not get on: slot=" + settings.slot()
                        + " copied=" + Lsn.toString(position) + " wanted=" + Lsn.toString(lsn) + " snapshot="
                        + state.checkpoint().orElseThrow().snapshot() + " after="
                        + how.patience().toSeconds()
                        + "s\n  is it running? An audit compares with what it copies: start it, let its snapshot come to an"
                        + " end,\n  or wait longer:  --patience=SECONDS");
            }
            listener.waiting(lsn, position);
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_AGAIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("interrupted while waiting for the running instance", e);
        }
    }
}
