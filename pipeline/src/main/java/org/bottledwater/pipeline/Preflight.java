package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refuses before harm: finds what would make a run fail, or make it silently wrong, and says what mends it. */
final class Preflight {
    private static final Logger log = LoggerFactory.getLogger(Preflight.class);
    private static final int OLDEST_VERSION = 90400;

    private Preflight() {}

    static void server(Postgres postgres) {
        if (postgres.serverVersion() < OLDEST_VERSION) {
            throw new ConfigurationException(
                    "PostgreSQL 9.4 or later is needed: version=" + postgres.serverVersionText());
        }
        String walLevel = postgres.setting("wal_level");
        if (!walLevel.equals("logical")) {
            throw new ConfigurationException("the server does not log what is needed: wal_level=" + walLevel
                    + "\n  as a superuser:  ALTER SYSTEM SET wal_level = 'logical';  then restart PostgreSQL");
        }
    }

    static void tables(Settings settings, List<Table> tables) {
        requireKeys(settings, tables);
        requireReadable(settings.postgres().user(), tables);
        requireDistinctTopics(settings, tables);
    }

    /**
     * Columns that are to be hidden are there, and none of a key. What is named of no table at all is a mistake too: what
     * was to be hidden would not be.
     */
    static void columns(Settings settings, Catalog catalog, List<Table> tables) {
        ColumnFilter columns = settings.columns();
        if (columns.isAll()) {
            return;
        }
        Set<String> names = new HashSet<>();
        for (Table table : tables) {
            names.add(table.published().toString());
            Optional<Relation> root = table.root().flatMap(name -> catalog.root(table.oid()));
            root.or(() -> catalog.relation(table.oid())).ifPresent(columns::require);
        }
        columns.named().stream()
                .filter(path -> !names.contains(path.substring(0, path.lastIndexOf('.'))))
                .findFirst()
                .ifPresent(path -> {
                    throw new ConfigurationException("no captured table has this column: column=" + path
                            + "\n  write schema.table.column, as in public.users.email, in --columns and --mask");
                });
    }

    /** What the log holds nothing of is named, once, lest somebody wait for it. */
    static void tellLeftOut(Settings settings, Catalog catalog) {
        catalog.leftOut().forEach((kind, names) -> {
            List<TableName> wanted =
                    names.stream().filter(settings.tables()::captures).toList();
            if (!wanted.isEmpty()) {
                log.info("left out, as the log holds nothing of them: {} {}", kind, Names.some(wanted));
            }
        });
    }

    /** A table that the patterns capture and the user's publication lacks would otherwise be waited for in vain. */
    static void reportUnpublished(Settings settings, Catalog catalog, List<Table> captured) {
        if (settings.publication().isEmpty()) {
            return;
        }
        Set<Integer> published = captured.stream().map(Table::oid).collect(Collectors.toSet());
        List<TableName> names = catalog.tables().stream()
                .filter(table -> settings.tables().captures(table.name(), table.root()))
                .filter(table -> !published.contains(table.oid()))
                .map(Table::name)
                .toList();
        if (!names.isEmpty()) {
            log.info(
                    "left out, as publication {} does not have them: {}",
                    settings.publication().get(),
                    Names.some(names));
        }
    }

    /** Those of extensions are named, too. */
    static void reportOfExtensions(Settings settings, Catalog catalog) {
        List<TableName> names = List.copyOf(CapturedTables.ofExtensions(settings, catalog));
        if (!names.isEmpty()) {
            log.info(
                    "left out, as they belong to extensions (one that --tables names is captured): {}",
                    Names.some(names));
        }
    }

    static void requireKeys(Settings settings, List<Table> tables) {
        List<Table> unkeyed = tables.stream().filter(table -> !table.keyed()).toList();
        if (settings.allowUnkeyed() || unkeyed.isEmpty()) {
            return;
        }
        StringBuilder message = new StringBuilder(
                unkeyed.size() == 1
                        ? "a table has neither a primary key nor a replica identity index:"
                        : unkeyed.size() + " tables have neither a primary key nor a replica identity index:");
        for (Table table : unkeyed) {
            message.append("\n    ").append(table.name());
        }
        TableName first = unkeyed.get(0).name();
        message.append(
                        "\n  Their rows would have no key in Kafka, and their updates and deletes could not be told apart.")
                .append("\n  Give each a key:            ALTER TABLE ")
                .append(first.quoted())
                .append(" ADD PRIMARY KEY (...);")
                .append("\n  or name a unique index:     ALTER TABLE ")
                .append(first.quoted())
                .append(" REPLICA IDENTITY USING INDEX ...;")
                .append("\n  or send them without key:   --allow-unkeyed  (inserts and updates; deletes are not sent)")
                .append("\n  or leave them out:          --tables='!")
                .append(first)
                .append("'");
        throw new ConfigurationException(message.toString());
    }

    static void requireReadable(String role, List<Table> tables) {
        List<Table> unreadable =
                tables.stream().filter(table -> !table.readable()).toList();
        if (unreadable.isEmpty()) {
            return;
        }
        StringBuilder message =
                new StringBuilder("the role may not read every captured table; grant it, or leave them out:");
        for (Table table : unreadable) {
            message.append("\n    GRANT SELECT ON ")
                    .append(table.name().quoted())
                    .append(" TO ")
                    .append(TableName.quote(role))
                    .append(";");
        }
        throw new ConfigurationException(message.toString());
    }

    static void requireNoTable(Settings settings, List<Table> tables, String own) {
        tables.stream()
                .filter(table -> TopicNames.topic(settings, table.published()).equals(own))
                .findFirst()
                .ifPresent(table -> {
                    throw new ConfigurationException("the topic of --transactions-topic is that of a table: topic="
                            + own + " table=" + table.published() + "\n  give it another name");
                });
    }

    static void requireDistinctTopics(Settings settings, List<Table> tables) {
        Map<String, TableName> owners = new TreeMap<>();
        List<String> collisions = new ArrayList<>();
        settings.transactionsTopic().ifPresent(own -> requireNoTable(settings, tables, own));
        for (Table table : tables) {
            TableName name = table.published();
            String topic = TopicNames.topic(settings, name);
            TableName other = owners.putIfAbsent(topic, name);
            if (other != null && !other.equals(name)) {
                collisions.add("\n    " + other.quoted() + " and " + name.quoted() + " -> topic " + topic);
            }
        }
        if (!collisions.isEmpty()) {
            throw new ConfigurationException("tables would share a topic:" + String.join("", collisions)
                    + "\n  rename one of each, or leave one out with --tables='!schema.table'");
        }
    }
}
