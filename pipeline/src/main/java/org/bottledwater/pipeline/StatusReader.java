package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.Topics;
import org.bottledwater.pipeline.Finding.Group;
import org.bottledwater.pipeline.StatusReport.Activity;
import org.bottledwater.pipeline.StatusReport.TableCopy;
import org.bottledwater.pipeline.TableStatus.CopyState;
import org.bottledwater.postgres.Inspection;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Slots;
import org.bottledwater.postgres.Table;

/** Puts a {@link StatusReport} together: makes nothing, and goes on with the other server where one does not answer. */
final class StatusReader {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int CONFIRMED_POSITION = 90600;

    private final Settings settings;
    private final List<Finding> problems = new ArrayList<>();
    private Activity activity = Activity.UNKNOWN;
    private String server = "";
    private long walLsn;
    private Optional<Slot> slot = Optional.empty();
    private List<Table> tables = List.of();
    private CheckpointState state = CheckpointState.NONE;
    private String next = "";

    StatusReader(Settings settings) {
        this.settings = settings;
    }

    StatusReport read() {
        Findings servers = new Findings(Group.SERVER, problems::add);
        Postgres[] session = new Postgres[1];
        servers.passes(() -> session[0] = Postgres.connect(settings.postgres()));
        Optional<Postgres> postgres = Optional.ofNullable(session[0]);
        try {
            postgres.ifPresent(open -> servers.passes(() -> database(open)));
            boolean read = new Findings(Group.KAFKA, problems::add).passes(this::checkpoint);
            postgres.ifPresent(open -> servers.passes(() -> {
                walLsn = open.currentWalLsn();
            }));
            if (read) {
                postgres.ifPresent(open -> new Findings(Group.REPLICATION, problems::add).passes(() -> {
                    next = KafkaCheck.start(settings, open, state, slot);
                }));
            }
        } finally {
            postgres.ifPresent(Postgres::close);
        }
        return new StatusReport(
                activity, server, walLsn, slot, state.checkpoint(), state.writtenAt(), copies(), next, problems);
    }

    private void database(Postgres session) {
        server = session.serverVersionText();
        slot = new Slots(session).find(settings.slot());
        activity = activity(session);
        tables = CapturedTables.of(settings, session);
    }

    private Activity activity(Postgres session) {
        // While a slot is being made it is in use as well, and has no position yet; before 9.6 that does not show.
        boolean showsPosition = session.serverVersion() >= CONFIRMED_POSITION;
        boolean isRead = slot.filter(Slot::active)
                .filter(found -> !showsPosition || found.confirmedFlushLsn() != Lsn.INVALID)
                .isPresent();
        if (isRead) {
            return Activity.STREAMING;
        }
        boolean hasSessions = new Inspection(session).sessions(Settings.sessionsOf(settings.slot())) > 0;
        return hasSessions ? Activity.COPYING : Activity.NONE;
    }

    /** Read after the slot, which an instance advances only once the checkpoint is written. */
    private void checkpoint() {
        try (Topics topics = new Topics(settings.kafka())) {
            topics.reachable(PATIENCE);
            CheckpointTopic checkpoints = new CheckpointTopic(settings.kafka(), topics, CheckpointTopic.DEFAULT_NAME);
            if (topics.find(checkpoints.name()).exists()) {
                state = checkpoints.read(settings.slot(), PATIENCE);
            }
        }
    }

    private List<TableCopy> copies() {
        Map<TableName, TableProgress> progress = state.tables();
        return Renames.resolve(settings, state, tables).stream()
                .map(table -> copy(table, Optional.ofNullable(progress.get(table.knownAs()))))
                .sorted(Comparator.comparing(copy -> copy.table().toString()))
                .toList();
    }

    /** A table that was dropped and made again is another one, and its copy begins anew. */
    private static TableCopy copy(Table table, Optional<TableProgress> progress) {
        Optional<TableProgress> same = progress.filter(found -> found.oid() == table.oid());
        CopyState copy = same.map(TableProgress::complete).orElse(false) ? CopyState.DONE : CopyState.WAITING;
        long blocks = same.map(found -> found.blocks().count(table.pages())).orElse(0L);
        return new TableCopy(table.name(), copy, blocks, table.pages(), table.rows());
    }
}
