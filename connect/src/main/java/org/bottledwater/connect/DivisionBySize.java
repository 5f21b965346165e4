package org.bottledwater.connect;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.CapturedTables;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.TableFilter;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Inspection;
import org.bottledwater.postgres.Memo;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Slots;
import org.bottledwater.postgres.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Divides the tables over tasks by what they take on disk. Sizes change, and a table must not: another task would copy it once
 * more, and what was deleted meanwhile would stay in the topic. So the first division is kept in the database before any
 * task is told of it, and is valid from then on.
 */
final class DivisionBySize {
    private static final Logger log = LoggerFactory.getLogger(DivisionBySize.class);

    /** A publication can be commented on. */
    private static final int PUBLICATIONS = 100000;

    private final Settings settings;
    private final List<TableFilter> groups;

    private DivisionBySize(Settings settings, List<TableFilter> groups) {
        this.settings = settings;
        this.groups = groups;
    }

    /** @param connector the connector's settings */
    static DivisionBySize of(Map<String, String> connector) {
        return new DivisionBySize(
                SettingsReader.read(Division.undivided(connector), Delivery.EXACTLY_ONCE)
                        .pipeline(),
                Division.groups(connector.getOrDefault(ConnectorOptions.GROUPS, "")));
    }

    /** The name of the publication that keeps it; it begins with the slot's, as those of the tasks do. */
    private String keeper() {
        return settings.slot() + "_tasks";
    }

    /** @throws WrongOption if the server, or the role, can keep nothing */
    void requirePossible() {
        try (Postgres postgres = Postgres.connect(settings.postgres())) {
            if (postgres.serverVersion() < PUBLICATIONS) {
                throw new WrongOption(
                        ConnectorOptions.DIVISION,
                        "a division by size is kept in a publication's comment, which needs PostgreSQL 10, server="
                                + postgres.serverVersionText() + "; use task.division=name with task.groups");
            }
            boolean kept = new Memo(postgres, keeper()).read().isPresent();
            if (!kept && (postgres.isStandby() || !new Inspection(postgres).mayCreateInDatabase())) {
                throw new WrongOption(
                        ConnectorOptions.DIVISION,
                        "a division by size is kept in a publication's comment, and this role may make none here: GRANT CREATE"
                                + " ON DATABASE " + TableName.quote(postgres.database())
                                + " to it, on the primary, or use"
                                + " task.division=name with task.groups");
            }
        }
    }

    /**
     * The division that is kept, or one that is made, and kept, now.
     *
     * @throws org.bottledwater.change.ConnectionException if the server is away
     */
    Placement decide(int count) {
        try (Postgres postgres = Postgres.connect(settings.postgres())) {
            Memo memo = new Memo(postgres, keeper());
            Optional<Placement> before = memo.read().map(Placement::parse);
            if (before.isPresent() && before.get().fits(count, groups.size())) {
                return before.get();
            }
            Placement made = make(postgres, before, count);
            log.info(
                    "slot {}: {} tables are divided over {} tasks by size, which publication {} keeps",
                    settings.slot(),
                    made.tasks().size(),
                    count,
                    keeper());
            if (before.isPresent()) {
                memo.replace(made.text());
                return made;
            }
            Placement kept = Placement.parse(memo.keep(made.text()));
            if (!kept.fits(count, groups.size())) {
                throw new ConfigurationException(
                        "another instance of the connector, with other settings, has divided the"
                                + " tables at the same time: publication=" + keeper() + "; it is looked at again");
            }
            return kept;
        }
    }

    private Placement make(Postgres postgres, Optional<Placement> before, int count) {
        Slots slots = new Slots(postgres);
        boolean copied = IntStream.range(0, count)
                .anyMatch(index ->
                        slots.find(Division.slot(settings.slot(), index)).isPresent());
        if (before.isEmpty() && copied) {
            log.warn(
                    "slot {}: its tasks have copied tables by name, which stay where they are; to divide them by size and copy"
                            + " them anew, delete the connector's offsets, drop its slots and the publication {}",
                    settings.slot(),
                    keeper());
            return Placement.byName(count, groups.size());
        }
        return Placement.bySize(before, sizes(postgres), count, groups.size());
    }

    /** A partitioned table's is that of all its parts. */
    private Map<TableName, Long> sizes(Postgres postgres) {
        List<Table> tables =
                CapturedTables.of(settings, new Catalog(postgres), new Publications(postgres, settings.slot()));
        Map<Integer, Long> bytes = new Inspection(postgres).sizes(tables);
        Map<TableName, Long> sizes = new HashMap<>();
        for (Table table : tables) {
            TableName name = table.published();
            if (groups.stream().noneMatch(group -> group.captures(name))) {
                sizes.merge(name, bytes.getOrDefault(table.oid(), 0L), Long::sum);
            }
        }
        return sizes;
    }

    static boolean isWanted(Map<String, String> connector) {
        return connector
                .getOrDefault(ConnectorOptions.DIVISION, ConnectorOptions.BY_NAME)
                .strip()
                .equals(ConnectorOptions.BY_SIZE);
    }
}
